import { RealtimeError } from '@coterie/protocol'
import type { Store } from '../../ports/store.ts'
import { describeMissing } from '../../sqlite/load-sqlite.ts'
import type { SqlDatabase, SqlSession } from '../sql/sql-database.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

/**
 * Makes a store without any data, for systems without SQLite.
 *
 * Reads return nothing; writes are refused.
 */
export function createEmptyStore(): Store {
  return new EmptyStore(new EmptyDatabase(), [])
}

class EmptyStore extends SqlStore {
  override async start(): Promise<void> {}
}

/** A database without rows: changing or deleting rows changes nothing. */
class EmptyDatabase implements SqlDatabase {
  readonly dialect = sqliteDialect
  readonly #session: SqlSession = {
    dialect: sqliteDialect,
    all: (sql) => this.all(sql),
    script: async () => {},
    lock: async () => {},
    pause: async () => {},
  }

  async open(): Promise<void> {}

  async all<Row>(sql: string): Promise<Row[]> {
    if (!/\bINSERT INTO\b/.test(sql)) return []
    throw new RealtimeError('unavailable', `this cannot be kept: ${describeMissing()}`)
  }

  snapshot<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return work(this.#session)
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return work(this.#session)
  }

  async close(): Promise<void> {}
}
