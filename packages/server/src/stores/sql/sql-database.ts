import type { Dialect } from './dialect.ts'

/** What a statement may be given, by number: `$1` is the first. */
export type SqlValue = string | number | boolean | null

/** Runs statements one after the other, seeing what those before have done. */
export interface SqlSession {
  readonly dialect: Dialect

  /**
   * Runs one statement and returns its rows.
   *
   * @throws {RealtimeError} `unavailable` when the database fails; `invalid_payload` where it
   * cannot keep a value
   */
  all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>

  /** Runs statements without values, such as a migration. */
  script(sql: string): Promise<void>

  /** Waits until nobody else holds a name; holds it to the end of the transaction. */
  lock(name: string): Promise<void>

  /** Lets the process do something else, in the middle of what takes long. */
  pause(): Promise<void>
}

/** A database that a store keeps its tables in. */
export interface SqlDatabase {
  /** Opens it; nothing else works before. @throws {RealtimeError} `unavailable` when it cannot */
  open(): Promise<void>

  /** Runs one statement by itself. */
  all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>

  /** Runs reads that all see the same state. */
  snapshot<T>(work: (session: SqlSession) => Promise<T>): Promise<T>

  /**
   * Runs statements that take effect together when `work` returns, or not at all when it throws.
   * May run `work` again where it got into the way of another transaction.
   *
   * @param timeoutMs how long one statement may take; the default suits all but migrations
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>, timeoutMs?: number): Promise<T>

  /** Lets what was begun end, and then lets go. Repeating it changes nothing. */
  close(): Promise<void>

  readonly dialect: Dialect
}
