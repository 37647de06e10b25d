import { setTimeout as delay } from 'node:timers/promises'
import type { PeerName } from '../peers/peer.ts'
import type { Processes, Scenario } from '../scenario.ts'

const CHANNEL = 'bench:all'
const PAYLOAD_BYTES = 10_000
const EVENTS_PER_SECOND = 100
const SECONDS = 8
/** How long those who stop reading do so, in ms: the kernel takes some 3 MB for each before. */
const PAUSE_MS = 5_000
/** One of so many stops reading. */
const READERS_FOR_ONE = 10
const TIMEOUT_MS = 120_000

/** A tenth of a busy room stops reading for a while. */
export const slowReceivers: Scenario = {
  name: 'slow-receivers',
  about: '500 receivers of 1 MB a second, of which 50 read nothing for 5 s',
  columns: [
    { key: 'beforeMs', title: 'p99 while all read', unit: 'ms', digits: 1 },
    { key: 'p99Ms', title: 'p99 of those who read on', unit: 'ms', digits: 1 },
    { key: 'ratio', title: 'as a part', unit: '', digits: 2 },
    { key: 'turnMs', title: 'longest turn', unit: 'ms CPU', digits: 0 },
    { key: 'memoryMegabytes', title: 'memory, at most', unit: 'MB more', digits: 0 },
  ],
  peers: ['coterie', 'coterie-sqlite'],
  targets: ['coterie', 'coterie-sqlite'].flatMap((peer) => [
    { about: 'the others do not notice', figure: 'ratio', peer, atMost: 1.2 },
    { about: 'what waits is bounded', figure: 'memoryMegabytes', peer, atMost: 150 },
  ]),
  async measure(peer, { quick, processes }) {
    const { server, load, otherLoad } = processes()
    const name = peer as PeerName
    const connections = quick ? 100 : 500
    const events = EVENTS_PER_SECOND * SECONDS
    const options = { history: true, historySize: 10 * events, singleChannel: true }
    const port = await server.call('start', { name, options })
    const slow = connections / READERS_FOR_ONE
    const open = (at: typeof load, count: number) => {
      const subscriptions = Array.from({ length: count }, () => [CHANNEL])
      return at.call('openReceivers', { port, peer: name, subscriptions })
    }
    // Who reads a backlog must not keep those waiting whose events are timed.
    await Promise.all([open(load, connections - slow), open(otherLoad, slow)])
    const publish = (count: number) => publishAll({ server, load, otherLoad }, count)
    await publish(events / 4)
    const before = await publish(events)
    await server.call('readMemory', null)
    const memoryBefore = await server.call('readPeakMemory', null)
    await server.call('startTurns', null)
    const [during] = await Promise.all([publish(events), stopReading(otherLoad, slow)])
    const turnMs = await server.call('readLongestTurn', null)
    const memory = await server.call('readPeakMemory', null)
    return {
      beforeMs: before.p99Ms,
      p99Ms: during.p99Ms,
      ratio: during.p99Ms / before.p99Ms,
      turnMs,
      memoryMegabytes: (memory - memoryBefore) / 1e6,
    }
  },
}

async function publishAll({ server, load, otherLoad }: Processes, events: number) {
  const [latency] = await Promise.all([
    load.call('expect', { each: events, timeoutMs: TIMEOUT_MS }),
    otherLoad.call('expect', { each: events, timeoutMs: TIMEOUT_MS }),
    server.call('publish', {
      channels: [CHANNEL],
      events,
      eventsPerTick: 1,
      restMs: 1_000 / EVENTS_PER_SECOND,
      payloadBytes: PAYLOAD_BYTES,
    }),
  ])
  return latency
}

async function stopReading(slow: Processes['load'], count: number): Promise<void> {
  await delay(500)
  await slow.call('pauseReceivers', count)
  await delay(PAUSE_MS)
  await slow.call('resumeReceivers', null)
}
