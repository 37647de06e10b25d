import type { ConnectionId, EventId, UserId } from '@coterie/protocol'
import type { Appended, Engine, JsonText, NewEvent } from '@coterie/server/engine'

/** The channel that is written to. */
export const CHANNEL = 'room:1'
/** Nothing is trimmed and nothing expires while a test runs. */
export const HISTORY = { size: 10_000, ttlMs: 86_400_000 }
/** The map that is written to. */
export const MAP = 'state'

const silent = { onEvent() {}, onChange() {} }

/** Opens an engine without a hub. */
export async function opened(engine: Engine): Promise<Engine> {
  await engine.start(silent)
  return engine
}

/** Makes the event with a number; what it holds follows from the number alone. */
export function eventOf(number: number): NewEvent {
  const payload = { number, text: `event ${number} `.repeat(20) }
  return {
    id: `event-${number}` as EventId,
    event: 'message',
    payload: JSON.stringify(payload) as JsonText,
    from: { user_id: 'ada' as UserId, connection_id: `connection-${number}` as ConnectionId },
    timestampMs: 1_000 + number,
  }
}

/** Appends the event with a number; resolves when it is acknowledged. */
export function appendNumber(engine: Engine, number: number): Promise<Appended> {
  const dedup = { sender: 'ada', messageId: `event-${number}` }
  return engine.append(CHANNEL, eventOf(number), { history: HISTORY, dedup })
}

/** Appends events, one after the other, and sets a key for each tenth. */
export async function appendMany(engine: Engine, from: number, to: number): Promise<Appended[]> {
  const appended: Appended[] = []
  for (let number = from; number <= to; number += 1) {
    appended.push(await appendNumber(engine, number))
    if (number % 10 > 0) continue
    const value = JSON.stringify(`value ${number}`) as JsonText
    await engine.change(CHANNEL, MAP, [{ key: `key-${number}`, value }], {})
  }
  return appended
}
