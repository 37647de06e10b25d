import type { EventRecord } from '../ports/engine.ts'
import { eventList } from './event-frame.ts'

/**
 * Writes events as a JSON array, once for all who ask for the same.
 *
 * After a restart everybody comes back for what everybody missed.
 */
export class EventLists {
  #first: EventRecord | undefined
  #last: EventRecord | undefined
  #length = 0
  #pattern: string | undefined
  #text = '[]'

  /** Returns the JSON text; records of one log that begin and end alike are the same. */
  write(records: readonly EventRecord[], pattern: string | undefined): string {
    const first = records[0]
    const last = records.at(-1)
    const isKnown =
      first === this.#first &&
      last === this.#last &&
      records.length === this.#length &&
      pattern === this.#pattern
    if (!isKnown) {
      // Through bytes, so that it is one flat string and not a tree of its parts.
      this.#text = Buffer.from(eventList(records, pattern)).toString()
      this.#first = first
      this.#last = last
      this.#length = records.length
      this.#pattern = pattern
    }
    return this.#text
  }
}
