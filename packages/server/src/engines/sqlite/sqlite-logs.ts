import type { DatabaseSync } from 'node:sqlite'
import {
  type ConnectionId,
  type EventId,
  err,
  ok,
  type Position,
  patternMatches,
  type RecoveryFailure,
  type Result,
  type UserId,
} from '@coterie/protocol'
import type {
  Appended,
  AppendOptions,
  EventRecord,
  HistoryPolicy,
  JsonText,
  LogExtent,
  LogPage,
  NewEvent,
  ReadOptions,
} from '../../ports/engine.ts'
import { DEDUP_WINDOW_MS } from '../dedup-window.ts'
import { exceeds, recordOf, takePage } from '../event-record.ts'
import { RecentPages, type TimedPage } from './recent-pages.ts'

/** Logs whose newest offset is kept in memory; past it the memory is refilled from the file. */
const MAX_CACHED_LOGS = 20_000

interface Log {
  readonly id: number
  readonly epoch: string
  top: number
  /** Events up to this offset have been deleted. */
  trimmedTo: number
}

/** Events behind a reader of a pattern that are looked at to find those it missed. */
const MAX_PATTERN_SCAN = 200_000

interface EventRow {
  sequence: number
  offset: number
  id: string
  event: string
  payload: string
  user_id: string | null
  connection_id: string | null
  excluded: string | null
  timestamp: number
  expires_at: number
}

interface ChannelEventRow extends EventRow {
  channel: string
  epoch: string
}

/** The logs of all channels in one database file. */
export class SqliteLogs {
  readonly #statements: ReturnType<typeof prepare>
  readonly #newEpoch: () => string
  readonly #nowMs: () => number
  readonly #sequenceEpoch: string
  readonly #pages: RecentPages
  #logs = new Map<string, Log>()
  #sequence = 0
  /** The greatest sequence in the logs that were forgotten whole. */
  #forgottenSequence = 0

  /** @param sequenceEpoch names this life of the order of all events */
  constructor(
    database: DatabaseSync,
    sequenceEpoch: string,
    newEpoch: () => string,
    nowMs: () => number,
  ) {
    this.#statements = prepare(database)
    this.#sequenceEpoch = sequenceEpoch
    this.#newEpoch = newEpoch
    this.#nowMs = nowMs
    this.#pages = new RecentPages(nowMs)
    this.invalidate()
  }

  /** Forgets what is cached, because the file was rolled back to an earlier state. */
  invalidate(): void {
    this.#logs = new Map()
    this.#pages.clear()
    const { forgotten, newest } = this.#statements.readSequence.get() as {
      forgotten: number
      newest: number
    }
    this.#forgottenSequence = forgotten
    this.#sequence = newest
  }

  /** Appends inside a transaction; the record is undefined for a duplicate. */
  append(
    channel: string,
    event: NewEvent,
    options: AppendOptions & { readonly history: HistoryPolicy },
  ): { result: Appended; record?: EventRecord } {
    const { dedup, history } = options
    const nowMs = this.#nowMs()
    if (dedup) {
      const row = this.#statements.findDuplicate.get(
        channel,
        dedup.sender,
        dedup.messageId,
        nowMs,
      ) as { event_id: EventId; epoch: string; offset: number } | undefined
      if (row) {
        const position = { epoch: row.epoch, offset: row.offset }
        return { result: { id: row.event_id, position, duplicate: true } }
      }
    }

    const log = this.#log(channel)
    log.top += 1
    this.#sequence += 1
    const position = { epoch: log.epoch, offset: log.top }
    const sequence = { epoch: this.#sequenceEpoch, offset: this.#sequence }
    this.#statements.insertEvent.run(
      this.#sequence,
      log.id,
      log.top,
      nowMs + history.ttlMs,
      event.id,
      event.event,
      event.payload,
      event.from?.user_id ?? null,
      event.from?.connection_id ?? null,
      options.excludeConnection ?? null,
      event.timestampMs,
    )
    this.#statements.setTop.run(log.top, nowMs, log.id)
    this.#trimToSize(log, history.size)
    if (dedup) {
      this.#statements.insertDuplicate.run(
        channel,
        dedup.sender,
        dedup.messageId,
        event.id,
        log.epoch,
        log.top,
        nowMs + DEDUP_WINDOW_MS,
      )
    }
    const record = recordOf(channel, event, options, { position, sequence })
    return { result: { id: event.id, position, duplicate: false }, record }
  }

  read(channel: string, options: ReadOptions): Result<LogPage, RecoveryFailure> {
    const { since, reverse, within } = options
    const log = this.#log(channel)
    const top: Position = { epoch: log.epoch, offset: log.top }
    if (since && (since.epoch !== log.epoch || since.offset > log.top)) return err('unknown_epoch')
    const page = {
      ...this.#pages.read(log, options, () => this.#readPage(channel, log, options)),
      top,
    }
    const isWhole =
      reverse ||
      !since ||
      since.offset === log.top ||
      page.events[0]?.position?.offset === since.offset + 1
    if (!isWhole) return err('trimmed')
    if (!within || reverse) return ok(page)
    const isTooMuch = page.isEnd ? exceeds(page.events, within) : this.#exceeds(log, since, within)
    return isTooMuch ? err('too_many') : ok(page)
  }

  #readPage(channel: string, log: Log, options: ReadOptions): TimedPage {
    const { since, reverse } = options
    const before = since?.offset ?? log.top + 1
    const rows = reverse
      ? this.#statements.readBackwards.iterate(log.id, before, this.#nowMs())
      : this.#statements.readForwards.iterate(log.id, since?.offset ?? 0, this.#nowMs())
    let expiresAtMs = Number.POSITIVE_INFINITY
    const onRow = (row: EventRow): void => {
      expiresAtMs = Math.min(expiresAtMs, row.expires_at)
    }
    const page = takePage(this.#records(rows, channel, log.epoch, onRow), options)
    return { ...page, expiresAtMs }
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
    const top: Position = { epoch: this.#sequenceEpoch, offset: this.#sequence }
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
    let hasExpired = false
    const nowMs = this.#nowMs()
    const matching = this.#matching(rows, pattern, (expiresAtMs) => {
      hasExpired ||= expiresAtMs <= nowMs
      return expiresAtMs > nowMs
    })
    const page = takePage(matching, options)
    if (isResume && hasExpired) return err('trimmed')
    if (!isResume || !options.within) return ok({ ...page, top })
    const isTooMuch = page.isEnd
      ? exceeds(page.events, options.within)
      : this.#patternExceeds(pattern, since.offset, options.within)
    return isTooMuch ? err('too_many') : ok({ ...page, top })
  }

  #patternExceeds(pattern: string, since: number, within: LogExtent): boolean {
    const rows = this.#statements.readAllForwards.iterate(since, MAX_PATTERN_SCAN)
    return exceeds(
      this.#matching(rows, pattern, () => true),
      within,
    )
  }

  #readPart(pattern: string, options: ReadOptions, top: Position): LogPage {
    const nowMs = this.#nowMs()
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
    const isKept = (expiresAtMs: number): boolean => expiresAtMs > nowMs
    const page = takePage(this.#matching(note(found), pattern, isKept), options)
    // A page is full once one more was seen, which is then not in it.
    const last = page.isEnd ? scanned : (page.events.at(-1)?.sequence?.offset ?? scanned)
    const isEnd = page.isEnd && rows < MAX_PATTERN_SCAN
    return { ...page, isEnd, top, readTo: isEnd ? top : { ...top, offset: last } }
  }

  /** Deletes what is past its time. A forgotten log begins a new epoch. */
  sweep(idleMs: number): void {
    const nowMs = this.#nowMs()
    this.#statements.noteExpired.run(nowMs, nowMs)
    this.#statements.deleteExpiredEvents.run(nowMs)
    this.#statements.deleteExpiredDuplicates.run(nowMs)
    this.#pages.clear()
    this.#statements.noteForgotten.run(nowMs - idleMs)
    if (this.#statements.deleteIdleLogs.run(nowMs - idleMs).changes > 0) this.invalidate()
  }

  // Deleting a few at once is cheaper than one with each append; a reader may
  // meanwhile see some events more than the policy keeps.
  #trimToSize(log: Log, size: number): void {
    const keepAfter = log.top - size
    if (keepAfter - log.trimmedTo < Math.min(64, Math.max(1, size / 8))) return
    this.#statements.noteTrimmed.run(log.id, keepAfter, log.id)
    this.#statements.deleteOldest.run(log.id, keepAfter)
    log.trimmedTo = keepAfter
  }

  #log(channel: string): Log {
    const cached = this.#logs.get(channel)
    if (cached) return cached
    const row = (this.#statements.findLog.get(channel) ??
      this.#statements.insertLog.get(channel, this.#newEpoch(), this.#nowMs())) as {
      id: number
      epoch: string
      top: number
    }
    if (this.#logs.size >= MAX_CACHED_LOGS) this.#logs.clear()
    const log = { id: row.id, epoch: row.epoch, top: row.top, trimmedTo: 0 }
    this.#logs.set(channel, log)
    return log
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
    isKept: (expiresAtMs: number) => boolean,
  ): Iterable<EventRecord> {
    for (const row of rows as Iterable<ChannelEventRow>) {
      if (!patternMatches(pattern, row.channel) || !isKept(row.expires_at)) continue
      yield this.#record(row, row.channel, row.epoch)
    }
  }

  *#records(
    rows: Iterable<unknown>,
    channel: string,
    epoch: string,
    onRow: (row: EventRow) => void,
  ): Iterable<EventRecord> {
    for (const row of rows as Iterable<EventRow>) {
      onRow(row)
      yield this.#record(row, channel, epoch)
    }
  }

  #record(stored: EventRow, channel: string, epoch: string): EventRecord {
    const { user_id: userId, connection_id: connectionId } = stored
    return {
      channel,
      id: stored.id as EventId,
      event: stored.event,
      payload: stored.payload as JsonText,
      from:
        userId === null
          ? null
          : { user_id: userId as UserId, connection_id: connectionId as ConnectionId },
      timestampMs: stored.timestamp,
      delivery: 'logged',
      position: { epoch, offset: stored.offset },
      sequence: { epoch: this.#sequenceEpoch, offset: stored.sequence },
      excludeConnection: stored.excluded ?? undefined,
    }
  }
}

function prepare(database: DatabaseSync) {
  const columns =
    'sequence, "offset", id, event, payload, user_id, connection_id, excluded, timestamp, expires_at'
  const all = `SELECT logs.channel, logs.epoch, ${columns.replace(' id,', ' events.id,')}
    FROM events JOIN logs ON logs.id = events.log_id`
  return {
    readSequence: database.prepare(
      `SELECT forgotten, max(forgotten, trimmed, kept) AS newest FROM (SELECT
         coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'forgotten'), 0) AS forgotten,
         coalesce((SELECT max(trimmed) FROM logs), 0) AS trimmed,
         coalesce((SELECT max(sequence) FROM events), 0) AS kept)`,
    ),
    findLog: database.prepare('SELECT id, epoch, top FROM logs WHERE channel = ?'),
    findTrimmed: database.prepare('SELECT channel FROM logs WHERE trimmed > ?'),
    insertLog: database.prepare(
      'INSERT INTO logs (channel, epoch, top, used_at) VALUES (?, ?, 0, ?) RETURNING id, epoch, top',
    ),
    setTop: database.prepare('UPDATE logs SET top = ?, used_at = ? WHERE id = ?'),
    insertEvent: database.prepare(
      `INSERT INTO events (sequence, log_id, "offset", expires_at, id, event, payload, user_id,
         connection_id, excluded, timestamp)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    noteTrimmed: database.prepare(
      `UPDATE logs SET trimmed = max(trimmed, coalesce((SELECT sequence FROM events
         WHERE log_id = ? AND "offset" <= ? ORDER BY "offset" DESC LIMIT 1), 0)) WHERE id = ?`,
    ),
    deleteOldest: database.prepare('DELETE FROM events WHERE log_id = ? AND "offset" <= ?'),
    readForwards: database.prepare(
      `SELECT ${columns} FROM events WHERE log_id = ? AND "offset" > ? AND expires_at > ?
       ORDER BY "offset"`,
    ),
    measure: database.prepare(
      `SELECT count(*) AS events, coalesce(sum(octet_length(payload)), 0) AS bytes
       FROM events WHERE log_id = ? AND "offset" > ? AND "offset" <= ?`,
    ),
    readBackwards: database.prepare(
      `SELECT ${columns} FROM events WHERE log_id = ? AND "offset" < ? AND expires_at > ?
       ORDER BY "offset" DESC`,
    ),
    readAllForwards: database.prepare(`${all} WHERE sequence > ? ORDER BY sequence LIMIT ?`),
    readAllBackwards: database.prepare(`${all} WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`),
    findDuplicate: database.prepare(
      `SELECT event_id, epoch, "offset" FROM dedup
       WHERE channel = ? AND sender = ? AND message_id = ? AND expires_at > ?`,
    ),
    insertDuplicate: database.prepare(
      `INSERT OR REPLACE INTO dedup (channel, sender, message_id, event_id, epoch, "offset", expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    noteExpired: database.prepare(
      `UPDATE logs SET trimmed = max(trimmed, (SELECT max(sequence) FROM events
         WHERE log_id = logs.id AND expires_at <= ?))
       WHERE id IN (SELECT log_id FROM events WHERE expires_at <= ?)`,
    ),
    deleteExpiredEvents: database.prepare('DELETE FROM events WHERE expires_at <= ?'),
    deleteExpiredDuplicates: database.prepare('DELETE FROM dedup WHERE expires_at <= ?'),
    noteForgotten: database.prepare(
      `INSERT OR REPLACE INTO meta SELECT 'forgotten', max(
         coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'forgotten'), 0),
         coalesce((SELECT max(trimmed) FROM logs WHERE used_at <= ?
           AND NOT EXISTS (SELECT 1 FROM events WHERE events.log_id = logs.id)), 0))`,
    ),
    deleteIdleLogs: database.prepare(
      `DELETE FROM logs WHERE used_at <= ?
       AND NOT EXISTS (SELECT 1 FROM events WHERE events.log_id = logs.id)`,
    ),
  }
}
