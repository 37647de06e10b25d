import type { PeerName } from '../peers/peer.ts'
import type { FigureColumn, Figures, RunContext, Target } from '../scenario.ts'

/** Connections that publish. */
export const PUBLISHERS = 100
/** Events of one publisher that may wait to be acknowledged. */
export const WINDOW = 16

const CHANNELS = Array.from({ length: 10 }, (_, index) => `bench:${index}`)

/** The figures of every scenario in which many publish. */
export const INGEST_COLUMNS: readonly FigureColumn[] = [
  { key: 'cpuMicros', title: 'server CPU', unit: 'µs/publish', digits: 2 },
  { key: 'publishesPerSecond', title: 'acknowledged', unit: '1/s', digits: 0 },
  { key: 'p50Ms', title: 'p50', unit: 'ms', digits: 1 },
  { key: 'p99Ms', title: 'p99', unit: 'ms', digits: 1 },
]

/** What the engine that keeps its log in a file should come to. */
export const SQLITE_TARGETS: readonly Target[] = [
  {
    about: 'acknowledged by SQLite a second',
    figure: 'publishesPerSecond',
    peer: 'coterie-sqlite',
    atLeast: 20_000,
  },
  {
    about: 'CPU of SQLite against that of memory',
    figure: 'cpuMicros',
    peer: 'coterie-sqlite',
    comparedWith: { peer: 'coterie', as: 'ratio' },
    atMost: 1.5,
  },
]

/** Measures what an acknowledged publish costs a server that has nothing else to do. */
export async function measureIngest(
  peer: PeerName,
  { quick, processes }: RunContext,
  { messageIds }: { readonly messageIds: boolean },
): Promise<Figures> {
  const { server, load } = processes()
  // Socket.IO has nothing like a log while recovery is off, and `ws` has nothing at all.
  const history = peer.startsWith('coterie')
  const port = await server.call('start', { name: peer, options: { history } })
  await load.call('openPublishers', {
    port,
    peer,
    publishers: PUBLISHERS,
    window: WINDOW,
    channels: CHANNELS,
    messageIds,
  })
  const events = quick ? 20_000 : 200_000
  await load.call('publish', events / 4)
  await server.call('startCpu', null)
  const ingested = await load.call('publish', events)
  const cpuMicros = await server.call('readCpu', null)
  return { cpuMicros: cpuMicros / events, ...ingested }
}
