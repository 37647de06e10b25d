import { LRUCache } from 'lru-cache'
import type { LogPage, ReadOptions } from '../../ports/engine.ts'

const MAX_CACHED_CHARACTERS = 8 * 1_048_576
/** What a record takes beside its payload, roughly. */
const RECORD_CHARACTERS = 300

/** The log that is read, and where it begins and ends. */
export interface LogState {
  readonly id: number
  readonly top: number
  /** Events up to this offset have been deleted. */
  readonly trimmedTo: number
}

/** A page, and until when all of it may be seen. */
export interface TimedPage extends Pick<LogPage, 'events' | 'isEnd' | 'damaged'> {
  /** When the first of its events is past its time; as the clock of the pages tells it. */
  readonly expiresAtMs: number
}

/**
 * Pages that were read and may be asked for again.
 *
 * After a restart everybody comes back and asks for the same, each at their own
 * pace. A page that more events follow is the same whatever is appended, so it
 * stays while there is room; the newest page of a log is another with each event.
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

  /** Returns the page as it would be read from this state of the log, or reads it. */
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

  /** Forgets all pages, because events were deleted. */
  clear(): void {
    this.#pages.clear()
  }
}

// Only what follows a place that was not trimmed stays what it is.
function lastingKey(log: LogState, options: ReadOptions): string | undefined {
  const { since, reverse } = options
  if (!since || reverse || since.offset < log.trimmedTo) return undefined
  return keyOf(log, options)
}

function keyOf({ id }: LogState, { since, limit, maxCharacters, reverse }: ReadOptions): string {
  return `${id} ${since?.offset} ${limit} ${maxCharacters} ${reverse === true}`
}
