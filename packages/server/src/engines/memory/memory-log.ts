import { err, ok, type Position, type Result } from '@coterie/protocol'
import type {
  EventRecord,
  HistoryPolicy,
  LogLoss,
  LogPage,
  ReadOptions,
} from '../../ports/engine.ts'

interface Logged {
  readonly record: EventRecord
  readonly expiresAtMs: number
}

/** One channel's log in memory. Offsets are dense, so a position is an index. */
export class MemoryLog {
  readonly epoch: string
  #entries: Logged[] = []
  // Trimmed entries are cut off in bulk: `shift` on a long array costs its length.
  #head = 0
  #top = 0

  constructor(epoch: string) {
    this.epoch = epoch
  }

  get top(): Position {
    return { epoch: this.epoch, offset: this.#top }
  }

  get isEmpty(): boolean {
    return this.#head === this.#entries.length
  }

  /** Adds an event, which `place` is told the position of, and trims to the policy. */
  append(
    place: (position: Position) => EventRecord,
    history: HistoryPolicy,
    nowMs: number,
  ): EventRecord {
    this.#top += 1
    const record = place(this.top)
    this.#entries.push({ record, expiresAtMs: nowMs + history.ttlMs })
    while (this.#entries.length - this.#head > history.size) this.#head += 1
    this.trim(nowMs)
    return record
  }

  /** Forgets what is past its time. */
  trim(nowMs: number): void {
    while ((this.#entries[this.#head]?.expiresAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      this.#head += 1
    }
    if (this.#head > 64 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
  }

  read({ since, limit, reverse }: ReadOptions, nowMs: number): Result<LogPage, LogLoss> {
    this.trim(nowMs)
    const firstOffset = this.#top - (this.#entries.length - this.#head) + 1
    if (since && (since.epoch !== this.epoch || since.offset > this.#top)) {
      return err('unknown_epoch')
    }
    if (reverse) {
      // Backwards, `since` is where the page before ended: older events follow.
      const end = since ? since.offset - 1 : this.#top
      const start = Math.max(firstOffset, end - limit + 1)
      return ok({ events: this.#slice(start, end, firstOffset).reverse(), top: this.top })
    }
    if (since && since.offset < firstOffset - 1) return err('trimmed')
    const start = since ? since.offset + 1 : firstOffset
    const end = Math.min(this.#top, start + limit - 1)
    return ok({ events: this.#slice(start, end, firstOffset), top: this.top })
  }

  #slice(start: number, end: number, firstOffset: number): EventRecord[] {
    const from = this.#head + start - firstOffset
    return this.#entries
      .slice(from, Math.max(from, from + end - start + 1))
      .map((entry) => entry.record)
  }
}
