import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'

const PUBLISHERS = 100
const WINDOW = 16
const CHANNELS = Array.from({ length: 10 }, (_, index) => `bench:${index}`)

/** Clients that publish as fast as they are acknowledged. */
export const ingest: Scenario = {
  name: 'ingest',
  about: `${PUBLISHERS} publishers over sockets, ${WINDOW} unacknowledged events each; Coterie keeps history`,
  columns: [
    { key: 'cpuMicros', title: 'server CPU', unit: 'µs/publish', digits: 2 },
    { key: 'publishesPerSecond', title: 'acknowledged', unit: '1/s', digits: 0 },
    { key: 'p50Ms', title: 'p50', unit: 'ms', digits: 1 },
    { key: 'p99Ms', title: 'p99', unit: 'ms', digits: 1 },
  ],
  peers: ['coterie', 'coterie-sqlite', 'socket.io', 'ws'],
  targets: [
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
  ],
  async measure(peer, { quick, processes }) {
    const { server, load } = processes()
    const name = peer as PeerName
    // Socket.IO has nothing like a log while recovery is off, and `ws` has nothing at all.
    const history = peer.startsWith('coterie')
    const port = await server.call('start', { name, options: { history } })
    await load.call('openPublishers', {
      port,
      peer: name,
      publishers: PUBLISHERS,
      window: WINDOW,
      channels: CHANNELS,
    })
    const events = quick ? 20_000 : 200_000
    await load.call('publish', events / 4)
    await server.call('startCpu', null)
    const ingested = await load.call('publish', events)
    const cpuMicros = await server.call('readCpu', null)
    return { cpuMicros: cpuMicros / events, ...ingested }
  },
}
