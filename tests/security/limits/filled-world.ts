import { createMemoryEngine, createSqliteStore, type Hub, type RealtimeHub } from '@coterie/server'
import { FakeClock, SeededRandom } from '@coterie/testing'
import { Meter, metered } from './metered.ts'

/** What a user may be answered at once, and what that costs: it is read, encoded and sent. */
const ANSWERED_BURST_BYTES = 8 * 1_048_576
/** What a user may cost whatever was sent. */
export const FREE_BYTES = 3 * ANSWERED_BURST_BYTES
/** What each byte may cause to be read, sent and kept. */
export const BYTES_PER_BYTE = 64
const EVENTS = 1_000
const FULL_ROOMS = ['room:full', 'room:other']
/** Channels to ask for: two with a long past, one that nothing was sent in, one unknown. */
export const ROOMS = [...FULL_ROOMS, 'room:empty', 'room:none']
const CHANNELS = {
  'room:*': {
    // Longer than the clock of a test moves.
    history: { size: EVENTS, ttlMs: 30 * 86_400_000 },
    presence: true,
    state: { persist: true },
  },
}
const NOTIFICATIONS = 300

/** What a hub is made of whose every read is counted. */
export function meteredParts() {
  const clock = new FakeClock()
  const meter = new Meter()
  const engine = metered(createMemoryEngine({ clock, random: new SeededRandom(1) }), meter)
  const store = metered(createSqliteStore({ path: ':memory:' }), meter)
  return { meter, parts: { clock, engine, store, channels: CHANNELS } }
}

/** Gives rooms a long past and much state. */
export async function fill(hub: Pick<RealtimeHub, 'publish' | 'state'>): Promise<void> {
  const payload = 'x'.repeat(2_000)
  for (const room of FULL_ROOMS) {
    for (let n = 0; n < EVENTS; n += 1) await hub.publish(room, 'e', payload)
    const values = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, payload]))
    await hub.state.change(room, { set: values })
  }
}

/** Gives each user as many notifications, none of them read. */
export async function fillInboxes(hub: Hub, recipients: readonly string[]): Promise<void> {
  for (let n = 0; n < NOTIFICATIONS; n += 1) {
    const metadata = { note: 'x'.repeat(1_000) }
    await hub.notifications.create({ title: `${n}`, message: 'm', recipients, metadata })
  }
}

/** Waits for what happens in no time, but not in the same tick. */
export async function settled<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false
  const finished = work.finally(() => {
    isDone = true
  })
  while (!isDone) await clock.settle()
  return finished
}

/** Closes a hub whose clock does not move by itself. */
export async function closed(hub: Pick<RealtimeHub, 'close'>, clock: FakeClock): Promise<void> {
  const closing = hub.close()
  await clock.advance(10_000)
  await closing
}
