import type { DatabaseSync } from 'node:sqlite'
import {
  type ConnectionId,
  type EventId,
  err,
  ok,
  type Position,
  type Result,
  type UserId,
} from '@coterie/protocol'
import type {
  Appended,
  AppendOptions,
  EventRecord,
  HistoryPolicy,
  JsonText,
  LogLoss,
  LogPage,
  NewEvent,
  ReadOptions,
} from '../../ports/engine.ts'
import { DEDUP_WINDOW_MS } from '../dedup-window.ts'
import { recordOf } from '../event-record.ts'

/** Logs whose newest offset is kept in memory; past it the memory is refilled from the file. */
const MAX_CACHED_LOGS = 20_000

interface Log {
  readonly id: number
  readonly epoch: string
  top: number
  /** Events up to this offset have been deleted. */
  trimmedTo: number
}

interface EventRow {
  offset: number
  id: string
  event: string
  payload: string
  user_id: string | null
  connection_id: string | null
  timestamp: number
}

/** The logs of all channels in one database file. */
export class SqliteLogs {
  readonly #statements: ReturnType<typeof prepare>
  readonly #newEpoch: () => string
  readonly #nowMs: () => number
  #logs = new Map<string, Log>()

  constructor(database: DatabaseSync, newEpoch: () => string, nowMs: () => number) {
    this.#statements = prepare(database)
    this.#newEpoch = newEpoch
    this.#nowMs = nowMs
  }

  /** Forgets what is cached, because the file was rolled back to an earlier state. */
  invalidate(): void {
    this.#logs = new Map()
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
    const position = { epoch: log.epoch, offset: log.top }
    this.#statements.insertEvent.run(
      log.id,
      log.top,
      nowMs + history.ttlMs,
      event.id,
      event.event,
      event.payload,
      event.from?.user_id ?? null,
      event.from?.connection_id ?? null,
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
    const record = recordOf(channel, event, options, position)
    return { result: { id: event.id, position, duplicate: false }, record }
  }

  read(channel: string, options: ReadOptions): Result<LogPage, LogLoss> {
    const { since, limit, reverse } = options
    const log = this.#log(channel)
    const top: Position = { epoch: log.epoch, offset: log.top }
    if (since && (since.epoch !== log.epoch || since.offset > log.top)) return err('unknown_epoch')
    const nowMs = this.#nowMs()
    if (reverse) {
      const before = since?.offset ?? log.top + 1
      const rows = this.#statements.readBackwards.all(log.id, before, nowMs, limit)
      return ok({ events: rows.map((row) => this.#record(channel, log, row)), top })
    }
    const rows = this.#statements.readForwards.all(log.id, since?.offset ?? 0, nowMs, limit)
    const events = rows.map((row) => this.#record(channel, log, row))
    const isWhole =
      !since || since.offset === log.top || events[0]?.position?.offset === since.offset + 1
    return isWhole ? ok({ events, top }) : err('trimmed')
  }

  /** Deletes what is past its time. A forgotten log begins a new epoch. */
  sweep(idleMs: number): void {
    const nowMs = this.#nowMs()
    this.#statements.deleteExpiredEvents.run(nowMs)
    this.#statements.deleteExpiredDuplicates.run(nowMs)
    if (this.#statements.deleteIdleLogs.run(nowMs - idleMs).changes > 0) this.invalidate()
  }

  // Deleting a few at once is cheaper than one with each append; a reader may
  // meanwhile see some events more than the policy keeps.
  #trimToSize(log: Log, size: number): void {
    const keepAfter = log.top - size
    if (keepAfter - log.trimmedTo < Math.min(64, Math.max(1, size / 8))) return
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

  #record(channel: string, log: Log, row: unknown): EventRecord {
    const stored = row as EventRow
    return {
      channel,
      id: stored.id as EventId,
      event: stored.event,
      payload: stored.payload as JsonText,
      from:
        stored.user_id === null
          ? null
          : {
              user_id: stored.user_id as UserId,
              connection_id: stored.connection_id as ConnectionId,
            },
      timestampMs: stored.timestamp,
      delivery: 'logged',
      position: { epoch: log.epoch, offset: stored.offset },
    }
  }
}

function prepare(database: DatabaseSync) {
  const columns = '"offset", id, event, payload, user_id, connection_id, timestamp'
  return {
    findLog: database.prepare('SELECT id, epoch, top FROM logs WHERE channel = ?'),
    insertLog: database.prepare(
      'INSERT INTO logs (channel, epoch, top, used_at) VALUES (?, ?, 0, ?) RETURNING id, epoch, top',
    ),
    setTop: database.prepare('UPDATE logs SET top = ?, used_at = ? WHERE id = ?'),
    insertEvent: database.prepare(
      `INSERT INTO events (log_id, "offset", expires_at, id, event, payload, user_id, connection_id, timestamp)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    deleteOldest: database.prepare('DELETE FROM events WHERE log_id = ? AND "offset" <= ?'),
    readForwards: database.prepare(
      `SELECT ${columns} FROM events WHERE log_id = ? AND "offset" > ? AND expires_at > ?
       ORDER BY "offset" LIMIT ?`,
    ),
    readBackwards: database.prepare(
      `SELECT ${columns} FROM events WHERE log_id = ? AND "offset" < ? AND expires_at > ?
       ORDER BY "offset" DESC LIMIT ?`,
    ),
    findDuplicate: database.prepare(
      `SELECT event_id, epoch, "offset" FROM dedup
       WHERE channel = ? AND sender = ? AND message_id = ? AND expires_at > ?`,
    ),
    insertDuplicate: database.prepare(
      `INSERT OR REPLACE INTO dedup (channel, sender, message_id, event_id, epoch, "offset", expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    deleteExpiredEvents: database.prepare('DELETE FROM events WHERE expires_at <= ?'),
    deleteExpiredDuplicates: database.prepare('DELETE FROM dedup WHERE expires_at <= ?'),
    deleteIdleLogs: database.prepare(
      `DELETE FROM logs WHERE used_at <= ?
       AND NOT EXISTS (SELECT 1 FROM events WHERE events.log_id = logs.id)`,
    ),
  }
}
