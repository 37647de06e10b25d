/** A statement in the format of `pg`. */
export interface PostgresQuery {
  readonly text: string
  readonly values?: unknown[]
  readonly name?: string
  /** How long an answer may take, in ms. */
  readonly query_timeout?: number
  readonly types?: { getTypeParser(oid: number, format?: string): (text: string) => unknown }
}

/** A connection of a pool, used by one caller at a time. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<{ rows: unknown[] }>
  /** Returns it to the pool; true closes it instead. */
  release(destroy?: boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

/** The part of a `pg.Pool` that the store uses. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
}
