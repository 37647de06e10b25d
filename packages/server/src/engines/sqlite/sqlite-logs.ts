import type { DatabaseSync } from 'node:sqlite'
import { err, ok, type Position, type RecoveryFailure, type Result } from '@coterie/protocol'
import type {
  Appended,
  AppendOptions,
  EventRecord,
  HistoryPolicy,
  LogExtent,
  LogPage,
  NewEvent,
  ReadOptions,
} from '../../ports/engine.ts'
import { exceeds, recordOf, takePage } from '../event-record.ts'
import { MAX_HELD_EVENTS } from '../held-events.ts'
import { checksumOf } from './checksum.ts'
import { holesOf, readableRows } from './damaged-events.ts'
import { isHeld, isWhole, recordFrom, rowOf } from './event-rows.ts'
import { type LogHead, LogHeads } from './log-heads.ts'
import { type LogStatements, prepareLogStatements } from './log-statements.ts'
import { LogSweep } from './log-sweep.ts'
import type { Meta } from './meta.ts'
import { PatternReader, type PatternReaderContext } from './pattern-reader.ts'
import { RecentPages, type TimedPage } from './recent-pages.ts'
import { SentMessages } from './sent-messages.ts'

/** The parts of the file that the logs need. */
export interface LogsContext extends PatternReaderContext {
  readonly meta: Meta
  /** Called when the database failed within a page that is returned anyway. */
  readonly onFailure: (error: unknown) => void
}

/** The logs of all channels in one database file. */
export class SqliteLogs {
  readonly #statements: LogStatements
  readonly #context: LogsContext
  readonly #heads: LogHeads
  readonly #pages: RecentPages
  readonly #sent: SentMessages
  readonly #patterns: PatternReader
  readonly #sweep: LogSweep
  /** Channels with listeners. */
  readonly #held = new Set<string>()

  constructor(database: DatabaseSync, context: LogsContext) {
    const statements = prepareLogStatements(database)
    this.#statements = statements
    this.#context = context
    this.#heads = new LogHeads(statements, context.meta, context.sequenceEpoch)
    this.#pages = new RecentPages(context.nowMs)
    this.#sent = new SentMessages(statements)
    this.#patterns = new PatternReader(statements, this.#heads, context)
    this.#sweep = new LogSweep({
      statements,
      heads: this.#heads,
      nowMs: context.nowMs,
      isListenedTo: (channel) => this.#held.has(channel),
      onDeleted: () => this.#pages.clear(),
    })
  }

  /** Drops the caches after the file was rolled back to an earlier state. */
  invalidate(): void {
    this.#heads.invalidate()
    this.#pages.clear()
  }

  /** Keeps a log while it has listeners. Writes nothing. */
  hold(channel: string): void {
    this.#held.add(channel)
  }

  /** Tells whether a channel has listeners. */
  isHeld(channel: string): boolean {
    return this.#held.has(channel)
  }

  /** Ends a hold. */
  release(channel: string): void {
    this.#held.delete(channel)
  }

  /**
   * Appends inside a transaction; the record is undefined for a duplicate.
   *
   * @throws {RealtimeError} `unavailable`, before anything is written, if it cannot be
   * determined whether the event is a duplicate
   */
  append(
    channel: string,
    event: NewEvent,
    options: AppendOptions & { readonly history: HistoryPolicy },
  ): { result: Appended; record?: EventRecord } {
    const { dedup, history, holds } = options
    const nowMs = this.#context.nowMs()
    const first = dedup && this.#sent.find(channel, dedup, nowMs)
    if (first) return { result: first }

    const log = this.#heads.findOrInsert(channel, nowMs)
    log.top += 1
    const position = { epoch: log.epoch, offset: log.top }
    const sequence = { epoch: this.#context.sequenceEpoch, offset: this.#heads.nextSequence() }
    const place = {
      sequence: sequence.offset,
      logId: log.id,
      offset: log.top,
      expiresAtMs: nowMs + history.ttlMs,
    }
    this.#statements.insertEvent.run(...rowOf(place, event, options.excludeConnection))
    if (holds && log.held === 0) log.held = log.top
    const checksum = checksumOf(log.id, channel, log.epoch, log.top)
    this.#statements.setTop.run(log.top, log.held, nowMs, checksum, log.id)
    this.#trimToSize(log, history.size)
    if (dedup) this.#sent.add(channel, dedup, { id: event.id, position }, nowMs)
    const record = recordOf(channel, event, options, { position, sequence })
    return { result: { id: event.id, position, duplicate: false }, record }
  }

  /** Releases events held by `AppendOptions.holds` up to a position, inside a transaction. */
  letGo(channel: string, { epoch, offset }: Position): void {
    const log = this.#heads.find(channel)
    if (log.epoch !== epoch || log.held === 0 || log.held > offset) return
    log.held = offset < log.top ? offset + 1 : 0
    this.#statements.setHeld.run(log.held, log.id)
    // Cached pages may contain held events that have expired now.
    this.#pages.clear()
  }

  read(channel: string, options: ReadOptions): Result<LogPage, RecoveryFailure> {
    const { reverse, partial, within } = options
    const { since } = options
    const log = this.#heads.find(channel)
    if (since && (since.epoch !== log.epoch || since.offset > log.top)) return err('unknown_epoch')
    // Logs without a row have the same key in the cache of pages.
    if (log.id === 0) return ok({ events: [], top: topOf(log), isEnd: true })
    const read = (): TimedPage => this.#readPage(channel, log, options)
    const page = { ...this.#pages.read(log, options, read), top: topOf(log) }
    if (since && !reverse && !partial && since.offset < log.top) {
      if (!isGapless(page, since)) return err('trimmed')
      if (page.damaged) return err('damaged')
    }
    if (!within || reverse) return ok(page)
    const isTooMuch = page.isEnd ? exceeds(page.events, within) : this.#exceeds(log, since, within)
    return isTooMuch ? err('too_many') : ok(page)
  }

  // Sizes are stored in the headers of rows, so this reads no payload.
  #exceeds(log: LogHead, since: Position | undefined, { events, bytes }: LogExtent): boolean {
    const after = since?.offset ?? 0
    const found = this.#statements.measure.get(log.id, after, after + events + 1) as {
      events: number
      bytes: number
    }
    return found.events > events || found.bytes > bytes
  }

  /** Reads the logs of all channels of a pattern as one log, by sequence. */
  readPattern(pattern: string, options: ReadOptions): Result<LogPage, RecoveryFailure> {
    return this.#patterns.read(pattern, options)
  }

  /**
   * Deletes expired data in steps; each must run in a transaction.
   * A deleted log gets a new epoch.
   *
   * @param maxRows how many rows one step examines
   */
  sweep(idleMs: number, maxRows: number): Generator<void> {
    return this.#sweep.steps(idleMs, maxRows)
  }

  #readPage(channel: string, log: LogHead, options: ReadOptions): TimedPage {
    const { onDamage, onFailure, nowMs, sequenceEpoch } = this.#context
    const { readForwards, readBackwards } = this.#statements
    const { since } = options
    const rows = options.reverse
      ? readableRows(
          since?.offset ?? log.top + 1,
          1,
          (cursor) => readBackwards.iterate(log.id, cursor),
          onFailure,
        )
      : readableRows(
          since?.offset ?? 0,
          log.top,
          (cursor) => readForwards.iterate(log.id, cursor),
          onFailure,
        )
    const damaged: number[] = []
    const now = nowMs()
    let expiresAtMs = Number.POSITIVE_INFINITY
    const records = function* (): Iterable<EventRecord> {
      for (const row of rows) {
        if ('unreadable' in row) damaged.push(row.unreadable)
        else if (!isWhole(row, log.id)) damaged.push(row.offset)
        else if (isHeld(row, log.held)) {
          yield recordFrom(row, channel, log.epoch, sequenceEpoch)
        } else if (row.expires_at > now) {
          expiresAtMs = Math.min(expiresAtMs, row.expires_at)
          yield recordFrom(row, channel, log.epoch, sequenceEpoch)
        }
      }
    }
    const page = takePage(records(), options)
    for (const offset of damaged) onDamage(channel, offset)
    const holes = holesOf(log.epoch, damaged, page)
    return { ...page, expiresAtMs, ...(holes.length > 0 && { damaged: holes }) }
  }

  // Deleting several at once is cheaper than one per append; meanwhile a reader may
  // see some events beyond the policy.
  #trimToSize(log: LogHead, size: number): void {
    const unheld = Math.max(log.held - 1, log.top - MAX_HELD_EVENTS)
    const keepAfter = Math.min(log.top - size, log.held > 0 ? unheld : log.top)
    if (keepAfter - log.trimmedTo < Math.min(64, Math.max(1, size / 8))) return
    this.#statements.noteTrimmed.run(log.id, keepAfter, log.id)
    this.#statements.deleteOldest.run(log.id, keepAfter)
    log.trimmedTo = keepAfter
  }
}

function topOf({ epoch, top }: LogHead): Position {
  return { epoch, offset: top }
}

/** Tells whether a page, with its damaged events, has no gaps and reaches the top. */
function isGapless({ events, isEnd, top, damaged = [] }: LogPage, since: Position): boolean {
  const behind = new Map(damaged.map(({ after, next }) => [after.offset, next.offset - 1]))
  let reached = behind.get(since.offset) ?? since.offset
  for (const { position } of events) {
    reached += 1
    if (position?.offset !== reached) return false
    reached = behind.get(reached) ?? reached
  }
  return !isEnd || reached === top.offset
}
