import { setTimeout as delay } from 'node:timers/promises'
import type { PeerName } from '../peers/peer.ts'
import type { Processes, Scenario } from '../scenario.ts'
import { FANOUT_COLUMNS, measurePublishing } from './fanout.ts'

const CHANNEL = 'bench:all'
const PATH = `/api/realtime/events?channels=${CHANNEL}`
const EVENTS_PER_TICK = 8
const PROBE_INTERVAL_MS = 250
const PROBES = 40

/** Eight events a tick to 1,000 streams of server-sent events. */
export const sseFanout: Scenario = {
  name: 'sse-fanout',
  about: `1 channel, 1,000 streams of server-sent events, 128 B, ${EVENTS_PER_TICK} events a tick`,
  columns: FANOUT_COLUMNS,
  peers: ['coterie', 'http-sse'],
  targets: [
    {
      about: 'against node:http alone, which joins the writes of a tick too',
      figure: 'cpuMicros',
      peer: 'coterie',
      comparedWith: { peer: 'http-sse', as: 'ratio' },
      atMost: 1,
    },
  ],
  async measure(peer, { quick, processes }) {
    const { server, load } = processes()
    const connections = quick ? 200 : 1_000
    const port = await server.call('start', { name: peer as PeerName, options: {} })
    await load.call('openStreams', { port, path: PATH, streams: connections })
    await untilLive({ server, load })
    const events = EVENTS_PER_TICK * (quick ? 50 : 140)
    return measurePublishing({ server, load }, 'expectStreams', {
      connections,
      each: events,
      warmUpRounds: 1,
      publish: { channels: [CHANNEL], events, eventsPerTick: EVENTS_PER_TICK, restMs: 10 },
    })
  },
}

// A stream says that it is open, not that its channels are joined.
async function untilLive({ server, load }: Pick<Processes, 'server' | 'load'>): Promise<void> {
  for (let probe = 0; probe < PROBES; probe += 1) {
    await server.call('publish', { channels: [CHANNEL], events: 1, eventsPerTick: 1, restMs: 10 })
    await delay(PROBE_INTERVAL_MS)
    if (await load.call('areStreamsLive', null)) return
  }
  throw new Error('some streams never got an event')
}
