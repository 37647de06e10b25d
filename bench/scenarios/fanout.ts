import type { PeerName } from '../peers/peer.ts'
import type { PublishPlan } from '../peers/publish-paced.ts'
import type { FigureColumn, Figures, Processes, RunContext } from '../scenario.ts'

/** How long events may take to arrive, in ms. */
const ARRIVAL_TIMEOUT_MS = 60_000

/** The figures of every scenario in which one event goes to many. */
export const FANOUT_COLUMNS: readonly FigureColumn[] = [
  { key: 'cpuMicros', title: 'server CPU', unit: 'µs/delivery', digits: 2 },
  { key: 'p50Ms', title: 'p50', unit: 'ms', digits: 1 },
  { key: 'p99Ms', title: 'p99', unit: 'ms', digits: 1 },
]

/** Events to be published and waited for. */
export interface PublishingPlan {
  readonly connections: number
  readonly publish: PublishPlan
  /** Events that each connection gets. */
  readonly each: number
  /** Parts of the plan that are run before it is measured. */
  readonly warmUpRounds: number
}

/** A fan-out over WebSockets to be measured. */
export interface FanoutPlan extends Omit<PublishingPlan, 'connections'> {
  /** The channels of each connection. */
  readonly subscriptions: readonly (readonly string[])[]
}

/** Measures what fan-out over WebSockets costs a server. */
export async function measureFanout(
  peer: PeerName,
  { subscriptions, ...plan }: FanoutPlan,
  context: RunContext,
): Promise<Figures> {
  const { server, load } = context.processes()
  const singleChannel = plan.publish.channels.length === 1
  const port = await server.call('start', { name: peer, options: { singleChannel } })
  await load.call('openReceivers', { port, peer, subscriptions })
  const connections = subscriptions.length
  return measurePublishing({ server, load }, 'expect', { connections, ...plan })
}

/** Measures what publishing costs a server whose receivers are connected. */
export async function measurePublishing(
  { server, load }: Pick<Processes, 'server' | 'load'>,
  expectation: 'expect' | 'expectStreams',
  { connections, publish, each, warmUpRounds }: PublishingPlan,
): Promise<Figures> {
  const publishAll = async () => {
    const [latency] = await Promise.all([
      load.call(expectation, { each, timeoutMs: ARRIVAL_TIMEOUT_MS }),
      server.call('publish', publish),
    ])
    return latency
  }
  for (let round = 0; round < warmUpRounds; round += 1) await publishAll()
  await server.call('startCpu', null)
  const latency = await publishAll()
  const cpuMicros = await server.call('readCpu', null)
  return { cpuMicros: cpuMicros / (each * connections), ...latency }
}
