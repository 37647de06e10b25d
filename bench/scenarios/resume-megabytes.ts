import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { BYSTANDER_COLUMNS, bystanderTargets } from './bystander-figures.ts'
import { connectionsGone } from './connections-gone.ts'

const CHANNEL = 'bench:all'
const CONNECTIONS = 50
const PAYLOAD_BYTES = 1_000
/** Nearly as much as a resume brings. */
const MISSED = 4_000
const TIMEOUT_MS = 60_000

/** Some come back for megabytes, while another goes on. */
export const resumeMegabytes: Scenario = {
  name: 'resume-megabytes',
  about: `${CONNECTIONS} connections come back at once, each for 4 MB that it missed`,
  columns: [
    ...BYSTANDER_COLUMNS,
    { key: 'completeMs', title: 'until the last is complete', unit: 'ms', digits: 0 },
    { key: 'incomplete', title: 'incomplete', unit: 'connections', digits: 0 },
    { key: 'memoryMegabytes', title: 'memory, at most', unit: 'MB more', digits: 0 },
  ],
  peers: ['coterie', 'coterie-sqlite'],
  targets: [
    ...bystanderTargets(['coterie', 'coterie-sqlite']),
    { about: 'nobody misses anything', figure: 'incomplete', peer: 'coterie', atMost: 0 },
    { about: 'nobody misses anything', figure: 'incomplete', peer: 'coterie-sqlite', atMost: 0 },
  ],
  async measure(peer, { processes }) {
    const { server, load, otherLoad: bystander } = processes()
    const name = peer as PeerName
    const options = { history: true, historySize: 2 * MISSED, singleChannel: true }
    const port = await server.call('start', { name, options })
    await bystander.call('openBystander', { port, peer: name })
    const plan = { port, peer: name, connections: CONNECTIONS, channel: CHANNEL }
    await load.call('openResumers', plan)
    const publish = (events: number) =>
      server.call('publish', {
        channels: [CHANNEL],
        events,
        eventsPerTick: 20,
        restMs: 1,
        payloadBytes: PAYLOAD_BYTES,
      })
    await Promise.all([load.call('expectResumers', { each: 1, timeoutMs: TIMEOUT_MS }), publish(1)])
    await load.call('dropResumers', null)
    // The bystander alone is left.
    await connectionsGone(server, 1)
    await publish(MISSED)
    await server.call('readMemory', null)
    const before = await server.call('readPeakMemory', null)
    await bystander.call('startBystander', null)
    await server.call('startTurns', null)
    const resumed = await load.call('resume', { each: MISSED, timeoutMs: TIMEOUT_MS })
    const waits = await bystander.call('stopBystander', null)
    const turnMs = await server.call('readLongestTurn', null)
    const peak = await server.call('readPeakMemory', null)
    return { ...waits, ...resumed, turnMs, memoryMegabytes: (peak - before) / 1e6 }
  },
}
