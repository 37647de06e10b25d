import { err, ok, type Position, type RecoveryFailure, type Result } from '@coterie/protocol'
import type { EventRecord, HistoryPolicy, LogPage, ReadOptions } from '../../ports/engine.ts'
import { exceeds, takePage } from '../event-record.ts'
import { MAX_HELD_EVENTS } from '../held-events.ts'

interface Logged {
  readonly record: EventRecord
  readonly expiresAtMs: number
}

/** One channel's log in memory. Offsets are dense, so a position is an index. */
export class MemoryLog {
  readonly epoch: string
  #entries: Logged[] = []
  // Trimmed entries are removed in bulk: `shift` costs as much as the array is long.
  #head = 0
  #top = 0
  #trimmedSequence = 0
  /** Events from this offset on are kept beyond their retention. */
  #heldFrom = Number.POSITIVE_INFINITY

  constructor(epoch: string) {
    this.epoch = epoch
  }

  get top(): Position {
    return { epoch: this.epoch, offset: this.#top }
  }

  get isEmpty(): boolean {
    return this.#head === this.#entries.length
  }

  /** The sequence of the newest trimmed event; 0 if all events are kept. */
  get trimmedSequence(): number {
    return this.#trimmedSequence
  }

  /** Adds an event, gives `place` its position, and trims the log to the policy. */
  append(
    place: (position: Position) => EventRecord,
    { history, holds }: { readonly history: HistoryPolicy; readonly holds?: boolean | undefined },
    nowMs: number,
  ): EventRecord {
    this.#top += 1
    const record = place(this.top)
    this.#entries.push({ record, expiresAtMs: nowMs + history.ttlMs })
    if (holds) this.#heldFrom = Math.min(this.#heldFrom, this.#top)
    while (this.#events > this.#sizeBound(history)) this.#dropOldest()
    this.trim(nowMs)
    return record
  }

  /** Ends the hold on events up to an offset. */
  release(upTo: number, nowMs: number): void {
    if (this.#heldFrom <= upTo) {
      this.#heldFrom = upTo < this.#top ? upTo + 1 : Number.POSITIVE_INFINITY
    }
    this.trim(nowMs)
  }

  /** Removes expired events. */
  trim(nowMs: number): void {
    while (
      (this.#entries[this.#head]?.expiresAtMs ?? Number.POSITIVE_INFINITY) <= nowMs &&
      this.#firstOffset < this.#heldFrom
    ) {
      this.#dropOldest()
    }
    if (this.#head > 64 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
  }

  read(options: ReadOptions, nowMs: number): Result<LogPage, RecoveryFailure> {
    const { since, reverse, within, partial } = options
    this.trim(nowMs)
    const firstOffset = this.#firstOffset
    if (since && (since.epoch !== this.epoch || since.offset > this.#top)) {
      return err('unknown_epoch')
    }
    if (!reverse && !partial && since && since.offset < firstOffset - 1) return err('trimmed')
    // Backwards, `since` is the end of the previous page: older events follow.
    const start = reverse ? (since?.offset ?? this.#top + 1) - 1 : (since?.offset ?? 0) + 1
    const index = this.#head + Math.max(start, reverse ? 0 : firstOffset) - firstOffset
    if (within && !reverse && exceeds(this.#forwards(index), within)) return err('too_many')
    const records = reverse ? this.#backwards(index) : this.#forwards(index)
    return ok({ ...takePage(records, options), top: this.top })
  }

  /** Returns the events with a greater sequence, in order. */
  *after(sequence: number): Iterable<EventRecord> {
    let first = this.#entries.length
    while (first > this.#head && sequenceOf(this.#entries[first - 1]) > sequence) first -= 1
    yield* this.#forwards(first)
  }

  get #events(): number {
    return this.#entries.length - this.#head
  }

  get #firstOffset(): number {
    return this.#top - this.#events + 1
  }

  #sizeBound({ size }: HistoryPolicy): number {
    const held = Math.min(MAX_HELD_EVENTS, this.#top - this.#heldFrom + 1)
    return Math.max(size, held)
  }

  // Trimmed events stay in the array, invisible, until they are removed in bulk.
  #dropOldest(): void {
    this.#trimmedSequence = sequenceOf(this.#entries[this.#head])
    this.#entries[this.#head] = NOTHING
    this.#head += 1
  }

  *#forwards(from: number): Iterable<EventRecord> {
    for (let index = from; index < this.#entries.length; index += 1) {
      yield (this.#entries[index] as Logged).record
    }
  }

  *#backwards(from: number): Iterable<EventRecord> {
    for (let index = from; index >= this.#head; index -= 1) {
      yield (this.#entries[index] as Logged).record
    }
  }
}

const NOTHING = { expiresAtMs: Number.POSITIVE_INFINITY } as Logged

function sequenceOf(entry: Logged | undefined): number {
  return entry?.record.sequence?.offset ?? 0
}
