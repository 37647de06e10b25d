import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { connectionsGone } from './connections-gone.ts'

const CHANNEL = 'bench:all'
const MISSED = 50
const TIMEOUT_MS = 60_000

/** Everyone is cut off at once, and everyone comes back at once. */
export const resumeStorm: Scenario = {
  name: 'resume-storm',
  about: `2,000 connections drop, miss ${MISSED} events, and all come back at once`,
  columns: [
    { key: 'completeMs', title: 'until the last is complete', unit: 'ms', digits: 0 },
    { key: 'cpuMicros', title: 'server CPU', unit: 'µs/connection', digits: 0 },
    { key: 'incomplete', title: 'incomplete', unit: 'connections', digits: 0 },
  ],
  peers: ['coterie', 'coterie-sqlite', 'socket.io'],
  targets: [
    { about: 'nobody misses anything', figure: 'incomplete', peer: 'coterie', atMost: 0 },
    { about: 'nobody misses anything', figure: 'incomplete', peer: 'coterie-sqlite', atMost: 0 },
    {
      about: 'three times as fast',
      figure: 'completeMs',
      peer: 'coterie',
      comparedWith: { peer: 'socket.io', as: 'ratio' },
      atMost: 1 / 3,
    },
  ],
  async measure(peer, { quick, processes }) {
    const { server, load } = processes()
    const name = peer as PeerName
    const connections = quick ? 300 : 2_000
    const options = { history: true, singleChannel: true }
    const port = await server.call('start', { name, options })
    await load.call('openResumers', { port, peer: name, connections, channel: CHANNEL })
    const publish = (events: number) =>
      server.call('publish', { channels: [CHANNEL], events, eventsPerTick: 1, restMs: 5 })
    await Promise.all([load.call('expectResumers', { each: 1, timeoutMs: TIMEOUT_MS }), publish(1)])

    const storm = async () => {
      await load.call('dropResumers', null)
      await connectionsGone(server)
      await publish(MISSED)
      await server.call('startCpu', null)
      const resumed = await load.call('resume', { each: MISSED, timeoutMs: TIMEOUT_MS })
      const cpuMicros = (await server.call('readCpu', null)) / connections
      return { ...resumed, cpuMicros }
    }
    // The first is the rehearsal: a client that is incomplete after it cannot take part in the second.
    const { incomplete } = await storm()
    const measured = incomplete > 0 ? undefined : await storm()
    return measured ?? { completeMs: Number.NaN, cpuMicros: Number.NaN, incomplete }
  },
}
