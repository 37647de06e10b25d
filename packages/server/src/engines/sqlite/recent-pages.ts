import { LRUCache } from 'lru-cache'
import type { LogPage, ReadOptions } from '../../ports/engine.ts'

const MAX_CACHED_CHARACTERS = 8 * 1_048_576
/** How long a page is kept, in ms; events past their time are seen as long. */
const SHARED_MS = 50
/** What a record takes beside its payload, roughly. */
const RECORD_CHARACTERS = 300

/** The log that is read, and where it ends: with every event it becomes another. */
export interface LogState {
  readonly id: number
  readonly top: number
}

/**
 * Pages that were read a moment ago.
 *
 * After a restart everybody comes back at once and asks for the same.
 */
export class RecentPages {
  readonly #nowMs: () => number
  readonly #pages = new LRUCache<string, LogPage>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: ({ events }) =>
      events.reduce((sum, { payload }) => sum + payload.length + RECORD_CHARACTERS, 1),
  })

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Returns the page that was read from this state of the log, or reads it. */
  read(log: LogState, options: ReadOptions, read: () => LogPage): LogPage {
    const key = this.#key(log, options)
    const known = this.#pages.get(key)
    if (known) return known
    const page = read()
    this.#pages.set(key, page)
    return page
  }

  /** Forgets all pages, because events were deleted. */
  clear(): void {
    this.#pages.clear()
  }

  #key({ id, top }: LogState, { since, limit, maxCharacters, reverse }: ReadOptions): string {
    const moment = Math.floor(this.#nowMs() / SHARED_MS)
    return `${moment} ${id} ${top} ${since?.offset} ${limit} ${maxCharacters} ${reverse === true}`
  }
}
