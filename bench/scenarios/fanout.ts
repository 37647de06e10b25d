import type { PeerName } from '../peers/peer.ts'
import type { PublishPlan } from '../peers/publish-paced.ts'
import type { FigureColumn, Figures, RunContext } from '../scenario.ts'

/** How long events may take to arrive, in ms. */
const ARRIVAL_TIMEOUT_MS = 60_000

/** The figures of every scenario in which one event goes to many. */
export const FANOUT_COLUMNS: readonly FigureColumn[] = [
  { key: 'cpuMicros', title: 'server CPU', unit: 'µs/delivery', digits: 2 },
  { key: 'p50Ms', title: 'p50', unit: 'ms', digits: 1 },
  { key: 'p99Ms', title: 'p99', unit: 'ms', digits: 1 },
]

/** A fan-out to be measured. */
export interface FanoutPlan {
  readonly subscriptions: readonly (readonly string[])[]
  readonly publish: PublishPlan
  /** Events that each connection gets. */
  readonly each: number
  /** Parts of the plan that are run before it is measured. */
  readonly warmUpRounds: number
}

/** Measures what a server's fan-out costs it. */
export async function measureFanout(
  peer: PeerName,
  { subscriptions, publish, each, warmUpRounds }: FanoutPlan,
  context: RunContext,
): Promise<Figures> {
  const { server, load } = context.processes()
  const singleChannel = publish.channels.length === 1
  const port = await server.call('start', { name: peer, options: { singleChannel } })
  await load.call('openReceivers', { port, peer, subscriptions })

  const publishAll = async () => {
    const [latency] = await Promise.all([
      load.call('expect', { each, timeoutMs: ARRIVAL_TIMEOUT_MS }),
      server.call('publish', publish),
    ])
    return latency
  }
  for (let round = 0; round < warmUpRounds; round += 1) await publishAll()
  await server.call('startCpu', null)
  const latency = await publishAll()
  const cpuMicros = await server.call('readCpu', null)
  return {
    cpuMicros: cpuMicros / (each * subscriptions.length),
    ...latency,
  }
}
