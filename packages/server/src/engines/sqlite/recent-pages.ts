import { LRUCache } from 'lru-cache'
import type { LogPage, ReadOptions } from '../../ports/engine.ts'

const MAX_CACHED_CHARACTERS = 8 * 1_048_576
/** Approximate characters of a record beside its payload. */
const RECORD_CHARACTERS = 300

/** The log that is read, with its limits. */
export interface LogState {
  readonly id: number
  readonly top: number
  /** Events up to this offset have been deleted. */
  readonly trimmedTo: number
}

/** A page, and the time until which all of it is valid. */
export interface TimedPage extends Pick<LogPage, 'events' | 'isEnd' | 'damaged'> {
  /** When the first of its events expires, by the clock of the pages. */
  readonly expiresAtMs: number
}

/**
 * Pages that were read and may be requested again.
 *
 * After a restart all clients request the same pages, each at its own pace. A page
 * with events after it never changes, so it stays cached while there is room; the
 * newest page of a log changes with each event.
 */
export class RecentPages {
  readonly #nowMs: () => number
  readonly #pages = new LRUCache<string, TimedPage>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: ({ events }) =>
      events.reduce((sum, { payload }) => sum + payload.length + RECORD_CHARACTERS, 1),
  })

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Returns a page from the cache if it is still valid for the log, or reads it. */
  read(log: LogState, options: ReadOptions, read: () => TimedPage): TimedPage {
    const nowMs = this.#nowMs()
    const lasting = lastingKey(log, options)
    const passing = `${log.top} ${keyOf(log, options)}`
    for (const key of [lasting, passing]) {
      const known = key === undefined ? undefined : this.#pages.get(key)
      if (known && known.expiresAtMs > nowMs) return known
    }
    const timed = read()
    const isLasting = lasting !== undefined && !timed.isEnd
    this.#pages.set(isLasting ? lasting : passing, timed)
    return timed
  }

  /** Drops all pages after events were deleted. */
  clear(): void {
    this.#pages.clear()
  }
}

// Only pages after the trimmed part stay valid.
function lastingKey(log: LogState, options: ReadOptions): string | undefined {
  const { since, reverse } = options
  if (!since || reverse || since.offset < log.trimmedTo) return undefined
  return keyOf(log, options)
}

function keyOf({ id }: LogState, { since, limit, maxCharacters, reverse }: ReadOptions): string {
  return `${id} ${since?.offset} ${limit} ${maxCharacters} ${reverse === true}`
}
