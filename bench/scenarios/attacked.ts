import { setTimeout as delay } from 'node:timers/promises'
import type { AttackKind } from '../attack/plan.ts'
import { tokenFor } from '../peers/attacked.ts'
import type { PeerName } from '../peers/peer.ts'
import type { FigureColumn, Scenario } from '../scenario.ts'

/** How long nobody attacks, before, in ms. */
const QUIET_MS = 2_000
/** Rest of the client between an answer and the next question: it keeps to the limits, in ms. */
const REST_MS = 25
/** A delay that no user takes for a fault, in ms. */
const GOAL_MS = 250
const COLUMNS: readonly FigureColumn[] = [
  { key: 'quietMs', title: 'worst answer before', unit: 'ms', digits: 0 },
  { key: 'answerMs', title: 'worst answer', unit: 'ms', digits: 0 },
  { key: 'signInMs', title: 'worst sign-in', unit: 'ms', digits: 0 },
  { key: 'turnMs', title: 'longest turn', unit: 'ms CPU', digits: 0 },
  { key: 'taken', title: 'attempts', unit: '', digits: 0 },
  { key: 'cpuMs', title: 'server CPU', unit: 'ms', digits: 0 },
  { key: 'cpuMicros', title: 'server CPU', unit: 'µs/attempt', digits: 0 },
]

/** An attack beside which a well-behaved client publishes and a well-behaved user signs in. */
export interface Attack {
  readonly name: string
  readonly about: string
  readonly kind: AttackKind
  readonly connections: number
  readonly forMs: number
  readonly columns?: readonly FigureColumn[]
}

/** Makes the scenario of an attack: how long do others wait meanwhile? */
export function attackedScenario({ name, about, kind, columns = [], ...plan }: Attack): Scenario {
  const peers = ['coterie', 'coterie-sqlite']
  return {
    name,
    about,
    columns: [...COLUMNS, ...columns],
    peers,
    targets: peers.flatMap((peer) =>
      ['answerMs', 'signInMs'].map((figure) => ({
        about: 'nobody notices',
        figure,
        peer,
        atMost: GOAL_MS,
      })),
    ),
    async measure(peer, { quick, processes, attacker }) {
      const { server, load } = processes()
      const options = { attacked: true }
      const port = await server.call('start', { name: peer as PeerName, options })
      const token = tokenFor('bystander')
      await load.call('openBystander', { port, peer: peer as PeerName, token, restMs: REST_MS })
      await load.call('startBystander', null)
      await delay(QUIET_MS)
      const { worstMs: quietMs } = await load.call('stopBystander', null)

      await load.call('startBystander', null)
      await load.call('startNewcomer', { port, token: tokenFor('newcomer') })
      const forMs = quick ? plan.forMs / 5 : plan.forMs
      const { connections } = plan
      await server.call('startCpu', null)
      await server.call('startTurns', null)
      const outcome = await attacker().call('attack', { kind, port, connections, forMs })
      const cpu = await server.call('readCpu', null)
      const turnMs = await server.call('readLongestTurn', null)
      const { worstMs: answerMs } = await load.call('stopBystander', null)
      const { worstMs: signInMs } = await load.call('stopNewcomer', null)
      const figures = { turnMs, cpuMs: cpu / 1_000, cpuMicros: cpu / outcome.taken }
      return { quietMs, answerMs, signInMs, ...figures, ...outcome }
    },
  }
}
