import { setTimeout as delay } from 'node:timers/promises'
import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { BYSTANDER_COLUMNS, bystanderTargets } from './bystander-figures.ts'

const CHANNEL = 'bench:long'
const PAYLOAD_BYTES = 50_000
/** More than a page of history holds. */
const EVENTS = 30
const CONNECTIONS = 14
const QUESTIONS = 17
/** How long the answers are not read, in ms. */
const UNREAD_MS = 3_000

/** Some ask for a megabyte again and again, and read nothing. */
export const answersNeverRead: Scenario = {
  name: 'answers-never-read',
  about: `${CONNECTIONS} connections ask for ${QUESTIONS} pages of 1 MiB each and read nothing`,
  columns: [
    ...BYSTANDER_COLUMNS,
    { key: 'memoryMegabytes', title: 'memory, at most', unit: 'MB more', digits: 0 },
  ],
  peers: ['coterie', 'coterie-sqlite'],
  targets: [
    ...bystanderTargets(['coterie', 'coterie-sqlite']),
    ...['coterie', 'coterie-sqlite'].map((peer) => ({
      about: 'what waits is bounded',
      figure: 'memoryMegabytes',
      peer,
      atMost: 150,
    })),
  ],
  async measure(peer, { processes }) {
    const { server, load, otherLoad: bystander } = processes()
    const name = peer as PeerName
    const options = { history: true, historySize: EVENTS }
    const port = await server.call('start', { name, options })
    await server.call('publish', {
      channels: [CHANNEL],
      events: EVENTS,
      eventsPerTick: 1,
      restMs: 1,
      payloadBytes: PAYLOAD_BYTES,
    })
    await bystander.call('openBystander', { port, peer: name })
    await bystander.call('startBystander', null)
    await delay(500)
    await bystander.call('stopBystander', null)
    await server.call('readMemory', null)
    const before = await server.call('readPeakMemory', null)
    await bystander.call('startBystander', null)
    await server.call('startTurns', null)
    const texts = Array.from({ length: QUESTIONS }, (_, id) =>
      JSON.stringify({ type: 'history', id: String(id), channel: CHANNEL, limit: 1_000 }),
    )
    await load.call('openNonReaders', { port, peer: name, connections: CONNECTIONS, texts })
    await delay(UNREAD_MS)
    const waits = await bystander.call('stopBystander', null)
    const turnMs = await server.call('readLongestTurn', null)
    const peak = await server.call('readPeakMemory', null)
    await load.call('dropNonReaders', null)
    return { ...waits, turnMs, memoryMegabytes: (peak - before) / 1e6 }
  },
}
