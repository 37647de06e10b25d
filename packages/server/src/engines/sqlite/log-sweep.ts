import type { LogHeads } from './log-heads.ts'
import type { LogStatements } from './log-statements.ts'

/** An expired event, and the held part of its log. */
interface ExpiredRow {
  readonly sequence: number
  readonly log_id: number
  readonly offset: number
  readonly expires_at: number
  /** Events from this offset on are kept beyond their retention; 0 for none. */
  readonly held: number
}

interface IdleRow {
  readonly id: number
  readonly channel: string
  readonly trimmed: number
  readonly is_idle: number
}

/** The parts that sweeping needs of the logs. */
export interface LogSweepParts {
  readonly statements: LogStatements
  readonly heads: LogHeads
  readonly nowMs: () => number
  /** Tells whether a channel has listeners: then its log is kept. */
  readonly isListenedTo: (channel: string) => boolean
  /** Called when events were deleted or logs forgotten. */
  readonly onDeleted: () => void
}

/** Deletes expired events, and logs that nobody uses. */
export class LogSweep {
  readonly #parts: LogSweepParts

  constructor(parts: LogSweepParts) {
    this.#parts = parts
  }

  /**
   * Deletes expired data in steps; each must run in a transaction.
   * A deleted log gets a new epoch.
   *
   * @param maxRows how many rows one step examines
   */
  *steps(idleMs: number, maxRows: number): Generator<void> {
    const nowMs = this.#parts.nowMs()
    yield* this.#deleteExpired(nowMs, maxRows)
    const { deleteExpiredDuplicates } = this.#parts.statements
    while (Number(deleteExpiredDuplicates.run(nowMs, maxRows).changes) === maxRows) yield
    yield* this.#forgetIdle(nowMs - idleMs, maxRows)
  }

  *#deleteExpired(nowMs: number, maxRows: number): Generator<void> {
    const { findExpired, deleteEvents, setTrimmed } = this.#parts.statements
    for (let after: ExpiredRow | undefined; ; ) {
      const rows = findExpired.all(
        after?.expires_at ?? -1,
        after?.expires_at ?? -1,
        after?.sequence ?? -1,
        nowMs,
        maxRows,
      ) as unknown as ExpiredRow[]
      const expired = rows.filter(({ held, offset }) => held === 0 || offset < held)
      // The order is by expiry, so the last row of a log need not be its newest event.
      for (const { log_id, sequence } of expired) setTrimmed.run(sequence, log_id)
      deleteEvents.run(JSON.stringify(expired.map(({ sequence }) => sequence)))
      this.#parts.onDeleted()
      after = rows.at(-1)
      if (rows.length < maxRows) return
      yield
    }
  }

  *#forgetIdle(usedBeforeMs: number, maxRows: number): Generator<void> {
    const { statements, heads, isListenedTo, onDeleted } = this.#parts
    const { findLogs, deleteLog } = statements
    for (let after = 0; ; ) {
      const rows = findLogs.all(usedBeforeMs, after, maxRows) as unknown as IdleRow[]
      const idle = rows.filter(({ is_idle, channel }) => is_idle && !isListenedTo(channel))
      for (const { id } of idle) deleteLog.run(id)
      heads.forget(idle)
      if (idle.length > 0) onDeleted()
      after = rows.at(-1)?.id ?? after
      if (rows.length < maxRows) return
      yield
    }
  }
}
