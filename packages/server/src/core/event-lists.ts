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
  #json = Buffer.from('[]')

  /** Returns the JSON text as UTF-8; records of one log that begin and end alike are the same. */
  write(records: readonly EventRecord[], pattern: string | undefined): Buffer {
    const first = records[0]
    const last = records.at(-1)
    const isKnown =
      first === this.#first &&
      last === this.#last &&
      records.length === this.#length &&
      pattern === this.#pattern
    if (!isKnown) {
      this.#json = Buffer.from(eventList(records, pattern))
      this.#first = first
      this.#last = last
      this.#length = records.length
      this.#pattern = pattern
    }
    return this.#json
  }
}
