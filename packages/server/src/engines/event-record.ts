import type { Position } from '@coterie/protocol'
import type {
  AppendOptions,
  DeliveryClass,
  EventRecord,
  LogExtent,
  LogPage,
  NewEvent,
  ReadOptions,
} from '../ports/engine.ts'

/** The positions of an event: in its channel's log, and among all events. */
export interface EventPlace {
  readonly position: Position
  readonly sequence: Position
}

/** Returns the delivery class of append options. */
export function deliveryOf(options: AppendOptions): DeliveryClass {
  if (options.volatile) return 'volatile'
  return options.history && options.history.size > 0 ? 'logged' : 'unlogged'
}

/** Makes the record that every node receives from a publisher's options. */
export function recordOf(
  channel: string,
  event: NewEvent,
  options: AppendOptions,
  place: EventPlace | null,
): EventRecord {
  return {
    channel,
    id: event.id,
    event: event.event,
    payload: event.payload,
    from: event.from,
    timestampMs: event.timestampMs,
    delivery: deliveryOf(options),
    position: place?.position ?? null,
    sequence: place?.sequence ?? null,
    key: options.key,
    excludeConnection: options.excludeConnection,
  }
}

/** Takes events in order until a page is full; at least one if there is one. */
export function takePage(
  records: Iterable<EventRecord>,
  { limit, maxCharacters = Number.POSITIVE_INFINITY }: ReadOptions,
): Pick<LogPage, 'events' | 'isEnd'> {
  const events: EventRecord[] = []
  let characters = 0
  for (const record of records) {
    characters += record.payload.length
    if (events.length >= limit || (events.length > 0 && characters > maxCharacters)) {
      return { events, isEnd: false }
    }
    events.push(record)
  }
  return { events, isEnd: true }
}

/** Tells whether records exceed an extent; stops reading once they do. */
export function exceeds(records: Iterable<EventRecord>, { events, bytes }: LogExtent): boolean {
  let [eventsLeft, bytesLeft] = [events, bytes]
  for (const { payload } of records) {
    eventsLeft -= 1
    bytesLeft -= Buffer.byteLength(payload)
    if (eventsLeft < 0 || bytesLeft < 0) return true
  }
  return false
}
