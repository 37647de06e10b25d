import type { EventId, Position } from '@coterie/protocol'
import type {
  AppendOptions,
  Engine,
  EventRecord,
  JsonText,
  LogPage,
  NewEvent,
} from '@coterie/server/engine'

/** The retention policy of the suite's logs. */
export const HISTORY = { size: 100, ttlMs: 60_000 }

let appended = 0

/** Makes an event that the server publishes. */
export function newEvent(payload: string, id: string): NewEvent {
  return {
    id: id as EventId,
    event: 'message',
    payload: payload as JsonText,
    from: null,
    timestampMs: 1_000,
  }
}

/** Appends a number as an event. */
export function append(
  engine: Engine,
  channel: string,
  payload: number,
  options: AppendOptions = {},
): ReturnType<Engine['append']> {
  appended += 1
  const event = newEvent(String(payload), `event-${appended}`)
  return engine.append(channel, event, { history: HISTORY, ...options })
}

/** Reads a page of a log. @throws {Error} when the log cannot be read */
export async function read(engine: Engine, ...args: Parameters<Engine['read']>): Promise<LogPage> {
  const page = await engine.read(...args)
  if (!page.ok) throw new Error(`reading failed with ${page.error}`)
  return page.value
}

/** Returns the position of an event. */
export function positionOf(record: EventRecord | undefined): Position | undefined {
  return record?.position ?? undefined
}

/** Returns the payloads of events, which are numbers. */
export function payloads(records: readonly EventRecord[]): unknown[] {
  return records.map(({ payload }) => JSON.parse(payload))
}
