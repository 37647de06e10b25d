import type { DatabaseSync } from 'node:sqlite'
import {
  type EventId,
  err,
  ok,
  type Position,
  patternMatches,
  RealtimeError,
  type RecoveryFailure,
  type Result,
} from '@coterie/protocol'
import { LRUCache } from 'lru-cache'
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
import { DEDUP_WINDOW_MS } from '../dedup-window.ts'
import { exceeds, recordOf, takePage } from '../event-record.ts'
import { MAX_HELD_EVENTS } from '../held-events.ts'
import { checksumOf } from './checksum.ts'
import { holesOf, readableRows } from './damaged-events.ts'
import { type ChannelEventRow, type EventRow, isWhole, recordFrom, rowOf } from './event-rows.ts'
import { prepareLogStatements } from './log-statements.ts'
import type { Meta } from './meta.ts'
import { RecentPages, type TimedPage } from './recent-pages.ts'
import { unbornEpoch } from './unborn-epoch.ts'

/** Logs whose newest offset is kept in memory; past it the memory is refilled from the file. */
const MAX_CACHED_LOGS = 20_000

/** Events behind a reader of a pattern that are looked at to find those it missed. */
const MAX_PATTERN_SCAN = 200_000

interface Log {
  /** 0 while nothing was ever written to it: it has no row then. */
  id: number
  readonly epoch: string
  top: number
  /** Events up to this offset have been deleted. */
  trimmedTo: number
  /** Events from this offset on are kept past their time and number; 0 for none. */
  held: number
}

/** An event past its time, and what its log keeps of such. */
interface ExpiredRow {
  readonly sequence: number
  readonly log_id: number
  readonly offset: number
  readonly expires_at: number
  /** The offset from which on events are kept whatever their time; 0 for none. */
  readonly held: number
}

interface IdleRow {
  readonly id: number
  readonly channel: string
  readonly trimmed: number
  readonly is_idle: number
}

/** What the logs need of the file that they are in. */
export interface LogsContext {
  readonly meta: Meta
  /** Names this life of the order of all events. */
  readonly sequenceEpoch: string
  readonly nowMs: () => number
  /** An event cannot be read, or is not what was written. */
  readonly onDamage: (channel: string, offset: number) => void
  /** The database failed in the middle of a page that is told all the same. */
  readonly onFailure: (error: unknown) => void
}

/** The logs of all channels in one database file. */
export class SqliteLogs {
  readonly #statements: ReturnType<typeof prepareLogStatements>
  readonly #context: LogsContext
  readonly #pages: RecentPages
  /** Epochs that were told of logs without a row. */
  // By size, for which no memory is set aside before there is anything to remember.
  readonly #unborn = new LRUCache<string, string>({
    maxSize: MAX_CACHED_LOGS,
    sizeCalculation: () => 1,
  })
  /** Channels that somebody listens to. */
  readonly #held = new Set<string>()
  #logs = new Map<string, Log>()
  #sequence = 0
  /** The greatest sequence in the logs that were forgotten whole. */
  #forgottenSequence = 0
  /** How many events there were when logs without a row got their present name. */
  #namedSequence = 0

  constructor(database: DatabaseSync, context: LogsContext) {
    this.#statements = prepareLogStatements(database)
    this.#context = context
    this.#pages = new RecentPages(context.nowMs)
    this.invalidate()
  }

  /** Forgets what is cached, because the file was rolled back to an earlier state. */
  invalidate(): void {
    this.#logs = new Map()
    this.#pages.clear()
    const newest = Number(this.#statements.readSequence.get()?.newest)
    this.#forgottenSequence = Number(this.#context.meta.get('forgotten') ?? 0)
    this.#sequence = Math.max(newest, this.#forgottenSequence)
    this.#namedSequence = Number(this.#context.meta.get('named') ?? 0)
  }

  /** Keeps a log from being forgotten while somebody listens to it. Writes nothing. */
  hold(channel: string): void {
    this.#held.add(channel)
  }

  /** Tells whether somebody listens to a channel. */
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
   * @throws {RealtimeError} `unavailable`, before anything is written, where it cannot be
   * told whether it is one
   */
  append(
    channel: string,
    event: NewEvent,
    options: AppendOptions & { readonly history: HistoryPolicy },
  ): { result: Appended; record?: EventRecord } {
    const { dedup, history, holds } = options
    const nowMs = this.#context.nowMs()
    const first = dedup && this.#findDuplicate(channel, dedup.sender, dedup.messageId, nowMs)
    if (first) return { result: first }

    const log = this.#bornLog(channel, nowMs)
    log.top += 1
    this.#sequence += 1
    const position = { epoch: log.epoch, offset: log.top }
    const sequence = { epoch: this.#context.sequenceEpoch, offset: this.#sequence }
    const place = {
      sequence: this.#sequence,
      logId: log.id,
      offset: log.top,
      expiresAtMs: nowMs + history.ttlMs,
    }
    this.#statements.insertEvent.run(...rowOf(place, event, options.excludeConnection))
    if (holds && log.held === 0) log.held = log.top
    const checksum = checksumOf(log.id, channel, log.epoch, log.top)
    this.#statements.setTop.run(log.top, log.held, nowMs, checksum, log.id)
    this.#trimToSize(log, history.size)
    if (dedup) {
      const { sender, messageId } = dedup
      const key = [channel, sender, messageId] as const
      const found = [event.id, log.epoch, log.top, nowMs + DEDUP_WINDOW_MS] as const
      this.#statements.insertDuplicate.run(...key, ...found, checksumOf(...key, ...found))
    }
    const record = recordOf(channel, event, options, { position, sequence })
    return { result: { id: event.id, position, duplicate: false }, record }
  }

  /** Ends the hold of `AppendOptions.holds` up to a position, inside a transaction. */
  letGo(channel: string, { epoch, offset }: Position): void {
    const log = this.#log(channel)
    if (log.epoch !== epoch || log.held === 0 || log.held > offset) return
    log.held = offset < log.top ? offset + 1 : 0
    this.#statements.setHeld.run(log.held, log.id)
    // What was read while it was held may be past its time.
    this.#pages.clear()
  }

  read(channel: string, options: ReadOptions): Result<LogPage, RecoveryFailure> {
    const { reverse, partial, within } = options
    const { since } = options
    const log = this.#log(channel)
    if (since && (since.epoch !== log.epoch || since.offset > log.top)) return err('unknown_epoch')
    // Logs without a row are told apart by nothing that a page is found by.
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

  // Sizes stand in the rows' heads, so this reads no payload.
  #exceeds(log: Log, since: Position | undefined, { events, bytes }: LogExtent): boolean {
    const after = since?.offset ?? 0
    const found = this.#statements.measure.get(log.id, after, after + events + 1) as {
      events: number
      bytes: number
    }
    return found.events > events || found.bytes > bytes
  }

  /** Reads the logs of all channels that a pattern matches as one, by sequence. */
  readPattern(pattern: string, options: ReadOptions): Result<LogPage, RecoveryFailure> {
    const { since, reverse, partial } = options
    const top: Position = { epoch: this.#context.sequenceEpoch, offset: this.#sequence }
    if (since && (since.epoch !== top.epoch || since.offset > top.offset)) {
      return err('unknown_epoch')
    }
    if (partial) return ok(this.#readPart(pattern, options, top))
    const isResume = since !== undefined && !reverse
    if (isResume && this.#hasTrimmed(pattern, since.offset)) return err('trimmed')
    if (isResume && top.offset - since.offset > MAX_PATTERN_SCAN) return err('too_many')
    const rows = reverse
      ? this.#statements.readAllBackwards.iterate(since?.offset ?? top.offset + 1, MAX_PATTERN_SCAN)
      : this.#statements.readAllForwards.iterate(since?.offset ?? 0, MAX_PATTERN_SCAN)
    let loss: RecoveryFailure | undefined
    const page = takePage(
      this.#matching(rows, pattern, (found) => {
        loss ??= found
      }),
      options,
    )
    if (isResume && loss) return err(loss)
    if (!isResume || !options.within) return ok({ ...page, top })
    const isTooMuch = page.isEnd
      ? exceeds(page.events, options.within)
      : this.#patternExceeds(pattern, since.offset, options.within)
    return isTooMuch ? err('too_many') : ok({ ...page, top })
  }

  #patternExceeds(pattern: string, since: number, within: LogExtent): boolean {
    const rows = this.#statements.readAllForwards.iterate(since, MAX_PATTERN_SCAN)
    return exceeds(
      this.#matching(rows, pattern, () => {}),
      within,
    )
  }

  #readPart(pattern: string, options: ReadOptions, top: Position): LogPage {
    let scanned = options.since?.offset ?? 0
    let rows = 0
    const note = function* (given: Iterable<unknown>): Iterable<unknown> {
      for (const row of given as Iterable<EventRow>) {
        rows += 1
        scanned = row.sequence
        yield row
      }
    }
    const found = this.#statements.readAllForwards.iterate(scanned, MAX_PATTERN_SCAN)
    const page = takePage(
      this.#matching(note(found), pattern, () => {}),
      options,
    )
    // A page is full once one more was seen, which is then not in it.
    const last = page.isEnd ? scanned : (page.events.at(-1)?.sequence?.offset ?? scanned)
    const isEnd = page.isEnd && rows < MAX_PATTERN_SCAN
    return { ...page, isEnd, top, readTo: isEnd ? top : { ...top, offset: last } }
  }

  /**
   * Deletes what is past its time, step by step: each is to be a transaction.
   * A forgotten log begins a new epoch.
   *
   * @param maxRows that one step looks at
   */
  *sweep(idleMs: number, maxRows: number): Generator<void> {
    const nowMs = this.#context.nowMs()
    yield* this.#deleteExpired(nowMs, maxRows)
    const { deleteExpiredDuplicates } = this.#statements
    while (Number(deleteExpiredDuplicates.run(nowMs, maxRows).changes) === maxRows) yield
    yield* this.#forgetIdle(nowMs - idleMs, maxRows)
  }

  *#deleteExpired(nowMs: number, maxRows: number): Generator<void> {
    const { findExpired, deleteEvents, setTrimmed } = this.#statements
    for (let after: ExpiredRow | undefined; ; ) {
      const rows = findExpired.all(
        after?.expires_at ?? -1,
        after?.expires_at ?? -1,
        after?.sequence ?? -1,
        nowMs,
        maxRows,
      ) as unknown as ExpiredRow[]
      const expired = rows.filter(({ held, offset }) => held === 0 || offset < held)
      // In the order of their time, so the last of a log need not be its newest.
      for (const { log_id, sequence } of expired) setTrimmed.run(sequence, log_id)
      deleteEvents.run(JSON.stringify(expired.map(({ sequence }) => sequence)))
      this.#pages.clear()
      after = rows.at(-1)
      if (rows.length < maxRows) return
      yield
    }
  }

  *#forgetIdle(usedBeforeMs: number, maxRows: number): Generator<void> {
    const { findLogs, deleteLog } = this.#statements
    for (let after = 0; ; ) {
      const rows = findLogs.all(usedBeforeMs, after, maxRows) as unknown as IdleRow[]
      const idle = rows.filter(({ is_idle, channel }) => is_idle && !this.#held.has(channel))
      for (const { id, channel } of idle) {
        deleteLog.run(id)
        this.#unborn.delete(channel)
      }
      this.#noteForgotten(idle)
      after = rows.at(-1)?.id ?? after
      if (rows.length < maxRows) return
      yield
    }
  }

  #noteForgotten(logs: readonly IdleRow[]): void {
    if (logs.length === 0) return
    const { meta } = this.#context
    const forgotten = logs.reduce(
      (most, { trimmed }) => Math.max(most, trimmed),
      this.#forgottenSequence,
    )
    meta.set('forgotten', forgotten)
    if (forgotten > this.#namedSequence) meta.set('named', this.#sequence)
    this.invalidate()
  }

  #findDuplicate(
    channel: string,
    sender: string,
    messageId: string,
    nowMs: number,
  ): Appended | undefined {
    const row = this.#statements.findDuplicate.get(channel, sender, messageId, nowMs) as
      | { event_id: EventId; epoch: string; offset: number; expires_at: number; checksum: number }
      | undefined
    if (!row) return undefined
    const { event_id: id, epoch, offset, expires_at: expiresAt } = row
    const expected = checksumOf(channel, sender, messageId, id, epoch, offset, expiresAt)
    if (row.checksum === expected) return { id, position: { epoch, offset }, duplicate: true }
    throw new RealtimeError('unavailable', `what is known of message ${messageId} is damaged`)
  }

  #readPage(channel: string, log: Log, options: ReadOptions): TimedPage {
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

  // Deleting a few at once is cheaper than one with each append; a reader may
  // meanwhile see some events more than the policy keeps.
  #trimToSize(log: Log, size: number): void {
    const unheld = Math.max(log.held - 1, log.top - MAX_HELD_EVENTS)
    const keepAfter = Math.min(log.top - size, log.held > 0 ? unheld : log.top)
    if (keepAfter - log.trimmedTo < Math.min(64, Math.max(1, size / 8))) return
    this.#statements.noteTrimmed.run(log.id, keepAfter, log.id)
    this.#statements.deleteOldest.run(log.id, keepAfter)
    log.trimmedTo = keepAfter
  }

  /** Finds a log, or makes one in memory: reading writes nothing. */
  #log(channel: string): Log {
    const cached = this.#logs.get(channel)
    if (cached) return cached
    const row = this.#statements.findLog.get(channel) as
      | { id: number; epoch: string; top: number; held: number; checksum: number }
      | undefined
    if (row && checksumOf(row.id, channel, row.epoch, row.top) !== row.checksum) {
      throw new RealtimeError('unavailable', `the log of ${channel} is damaged in the database`)
    }
    const epoch = row?.epoch ?? this.#nameUnborn(channel)
    const { id = 0, top = 0, held = 0 } = row ?? {}
    const log = { id, epoch, top, trimmedTo: 0, held }
    if (this.#logs.size >= MAX_CACHED_LOGS) this.#logs.clear()
    this.#logs.set(channel, log)
    return log
  }

  #bornLog(channel: string, nowMs: number): Log {
    const log = this.#log(channel)
    if (log.id > 0) return log
    log.id = Number(this.#statements.insertLog.get(channel, log.epoch, nowMs)?.id)
    return log
  }

  // What was told of a log without a row stays true for as long as it cannot have been forgotten.
  #nameUnborn(channel: string): string {
    const epoch =
      this.#unborn.get(channel) ??
      unbornEpoch(this.#context.sequenceEpoch, this.#namedSequence, channel)
    this.#unborn.set(channel, epoch)
    return epoch
  }

  #hasTrimmed(pattern: string, since: number): boolean {
    if (since < this.#forgottenSequence) return true
    for (const { channel } of this.#statements.findTrimmed.iterate(since)) {
      if (patternMatches(pattern, String(channel))) return true
    }
    return false
  }

  *#matching(
    rows: Iterable<unknown>,
    pattern: string,
    onLoss: (reason: RecoveryFailure) => void,
  ): Iterable<EventRecord> {
    const { nowMs, sequenceEpoch, onDamage } = this.#context
    const now = nowMs()
    for (const row of rows as Iterable<ChannelEventRow>) {
      const { channel, epoch } = row
      if (channel === null || epoch === null || !isWhole(row, row.log_id)) {
        // Which channel it belonged to is not sure, so it may be one of the pattern's.
        onDamage(channel ?? pattern, row.offset)
        onLoss('damaged')
      } else if (patternMatches(pattern, channel)) {
        if (row.expires_at > now || isHeld(row, row.held ?? 0)) {
          yield recordFrom(row, channel, epoch, sequenceEpoch)
        } else onLoss('trimmed')
      }
    }
  }
}

function isHeld({ offset }: EventRow, held: number): boolean {
  return held > 0 && offset >= held
}

function topOf({ epoch, top }: Log): Position {
  return { epoch, offset: top }
}

/** Tells whether the events of a page, damaged ones too, follow each other and reach the top. */
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
