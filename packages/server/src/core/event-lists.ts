import { LRUCache } from 'lru-cache'
import type { EventRecord } from '../ports/engine.ts'
import { eventList } from './event-frame.ts'

const MAX_CACHED_BYTES = 8 * 1_048_576

interface EventList {
  readonly records: readonly EventRecord[]
  readonly json: Buffer
}

/**
 * Writes events as a JSON array, once for all clients that request the same.
 *
 * After a restart of the server all clients request the events that all missed.
 */
export class EventLists {
  readonly #known = new LRUCache<string, EventList>({
    maxSize: MAX_CACHED_BYTES,
    sizeCalculation: ({ json }) => json.length,
  })

  /** Returns the JSON text as UTF-8. */
  write(records: readonly EventRecord[], pattern: string | undefined): Buffer {
    const key = `${pattern ?? ''} ${records.length} ${records[0]?.id} ${records.at(-1)?.id}`
    const known = this.#known.get(key)
    // Lists with the same ends differ when a reader may not see some of the events.
    if (known && isSame(known.records, records)) return known.json
    const json = Buffer.from(eventList(records, pattern))
    this.#known.set(key, { records, json })
    return json
  }
}

function isSame(one: readonly EventRecord[], other: readonly EventRecord[]): boolean {
  return one.length === other.length && one.every((record, index) => record === other[index])
}
