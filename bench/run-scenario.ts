import { resolve } from 'node:path'
import type { AttackCommands } from './attack/main.ts'
import type { LoadCommands } from './load/main.ts'
import type { PeerCommands } from './peers/main.ts'
import { RemoteProcess } from './process/remote-process.ts'
import type { Figures, Processes, Scenario } from './scenario.ts'

/** How a scenario is run. */
export interface RunOptions {
  readonly runs: number
  readonly quick: boolean
  /** The peers that run; empty runs all that the scenario has. */
  readonly peers: readonly string[]
  /** The folder for CPU profiles of the servers. */
  readonly profile: string | undefined
  /** Told of each run before it starts. */
  readonly onRun: (text: string) => void
}

/** What a peer came to. */
export interface PeerRuns {
  readonly peer: string
  /** One for each run; empty when the peer does not support the scenario. */
  readonly runs: readonly Figures[]
  readonly notServed?: string
}

/**
 * Runs a scenario several times; the peers take turns, so that what else the
 * machine does meets them all.
 *
 * @throws {Error} when a peer lost something or failed
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<PeerRuns[]> {
  const peers = scenario.peers.filter(
    (peer) => options.peers.length === 0 || options.peers.includes(peer),
  )
  const results = peers.map((peer) => ({ peer, runs: [] as Figures[], notServed: '' }))
  for (let run = 1; run <= options.runs; run += 1) {
    for (const result of results) {
      if (result.notServed) continue
      options.onRun(`${scenario.name} ${result.peer} ${run}/${options.runs}`)
      try {
        result.runs.push(await runOnce(scenario, result.peer, options))
      } catch (error) {
        if (!(error instanceof Error)) throw error
        if (error.name !== 'NotServedError') {
          throw new Error(`${scenario.name}, ${result.peer}: ${error.message}`, { cause: error })
        }
        result.notServed = error.message
      }
    }
  }
  return results.map(({ peer, runs, notServed }) => ({
    peer,
    runs,
    ...(notServed && { notServed }),
  }))
}

async function runOnce(scenario: Scenario, peer: string, options: RunOptions): Promise<Figures> {
  let processes: ReturnType<typeof startProcesses> | undefined
  let attacker: RemoteProcess<AttackCommands> | undefined
  try {
    return await scenario.measure(peer, {
      quick: options.quick,
      processes: () => {
        processes ??= startProcesses(options)
        return processes
      },
      attacker: () => {
        attacker ??= new RemoteProcess<AttackCommands>(new URL('attack/main.ts', import.meta.url))
        return attacker
      },
    })
  } finally {
    await Promise.all([attacker?.stop(), processes?.stop()])
  }
}

function startProcesses({ profile }: RunOptions): Processes & { stop(): Promise<unknown> } {
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`]
  const startLoad = (): Processes['load'] =>
    new RemoteProcess<LoadCommands>(new URL('load/main.ts', import.meta.url))
  const server = new RemoteProcess<PeerCommands>(new URL('peers/main.ts', import.meta.url), flags)
  const load = startLoad()
  let otherLoad: Processes['load'] | undefined
  return {
    server,
    load,
    get otherLoad() {
      otherLoad ??= startLoad()
      return otherLoad
    },
    stop: () => Promise.all([otherLoad?.stop(), load.stop(), server.stop()]),
  }
}
