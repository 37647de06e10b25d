import { setTimeout as pause } from 'node:timers/promises'
import type { Attack } from '../attacks/attack.ts'
import { filters } from '../attacks/filters.ts'
import { history } from '../attacks/history.ts'
import { names } from '../attacks/names.ts'
import { patterns } from '../attacks/patterns.ts'
import { reads } from '../attacks/reads.ts'
import type { Scenario } from '../scenario.ts'

const ATTACKS: Readonly<Record<string, Attack>> = { filters, history, reads, patterns, names }
/** What is behind the name of an attack on a server whose engine is in memory. */
const IN_MEMORY = '-memory'
const PEERS = Object.keys(ATTACKS).flatMap((name) => [`${name}${IN_MEMORY}`, name])
/** How long the bystander goes on after the attack, in ms. */
const AFTER_MS = 250
/** The bystander keeps to the frames that every client may send. */
const REST_MS = 25
const LONGEST_WAIT_MS = 250

/** What others notice while one user does the most expensive thing that the limits allow. */
export const hostileClients: Scenario = {
  name: 'hostile-clients',
  about:
    'one user costs the server as much as the default limits allow; another asks something small 40 times a second',
  columns: [
    { key: 'worstMs', title: 'longest wait', unit: 'ms', digits: 0 },
    { key: 'blockedMs', title: 'loop blocked', unit: 'ms', digits: 0 },
    { key: 'turnMs', title: 'longest turn', unit: 'ms CPU', digits: 0 },
    { key: 'cpuMs', title: 'server CPU', unit: 'ms', digits: 0 },
  ],
  peers: PEERS,
  targets: PEERS.map((peer) => ({
    about: `how long somebody else waits beside ${peer}`,
    figure: 'worstMs',
    peer,
    atMost: LONGEST_WAIT_MS,
  })),
  async measure(peer, { processes }) {
    const isInMemory = peer.endsWith(IN_MEMORY)
    const attack = ATTACKS[isInMemory ? peer.slice(0, -IN_MEMORY.length) : peer] as Attack
    const name = isInMemory ? 'coterie-guarded' : 'coterie-guarded-sqlite'
    const { server, load: bystander } = processes()
    const port = await server.call('start', { name, options: {} })
    await attack.prepare?.({ port })
    await bystander.call('openBystander', { port, peer: 'coterie', restMs: REST_MS })
    await bystander.call('startBystander', null)
    await pause(AFTER_MS)
    await server.call('startCpu', null)
    await server.call('startLoopDelay', null)
    await server.call('startTurns', null)
    await attack.run({ port })
    const cpuMs = (await server.call('readCpu', null)) / 1_000
    const turnMs = await server.call('readLongestTurn', null)
    const blockedMs = await server.call('readLoopDelay', null)
    await pause(AFTER_MS)
    const { worstMs } = await bystander.call('stopBystander', null)
    return { worstMs, blockedMs, turnMs, cpuMs }
  },
}
