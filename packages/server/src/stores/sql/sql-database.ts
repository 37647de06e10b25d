import type { Dialect } from './dialect.ts'

/** A value of a statement, by number: `$1` is the first. */
export type SqlValue = string | number | boolean | null

/** Runs statements in order; each sees the effects of the previous ones. */
export interface SqlSession {
  readonly dialect: Dialect

  /**
   * Runs one statement and returns its rows.
   *
   * @throws {RealtimeError} `unavailable` when the database fails; `invalid_payload` where it
   * cannot store a value
   */
  all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>

  /** Runs statements without values, such as a migration. */
  script(sql: string): Promise<void>

  /** Waits for a named lock, and holds it to the end of the transaction. */
  lock(name: string): Promise<void>

  /** Lets the process do other work in the middle of a long task. */
  pause(): Promise<void>
}

/** A database for the tables of a store. */
export interface SqlDatabase {
  /** Opens it before any other call. @throws {RealtimeError} `unavailable` when it cannot */
  open(): Promise<void>

  /** Runs one statement by itself. */
  all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>

  /** Runs reads that all see the same state. */
  snapshot<T>(work: (session: SqlSession) => Promise<T>): Promise<T>

  /**
   * Runs statements that take effect together when `work` returns, or not at all when it throws.
   * May run `work` again after a conflict with another transaction.
   *
   * @param timeoutMs how long one statement may take; the default suits all but migrations
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>, timeoutMs?: number): Promise<T>

  /** Waits for running work, then closes. Repeating it changes nothing. */
  close(): Promise<void>

  readonly dialect: Dialect
}
