import { RealtimeError } from '@coterie/protocol'
import type { Store } from '../../ports/store.ts'
import type { SqlDatabase, SqlSession } from '../sql/sql-database.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

/**
 * Makes a store that holds nothing and takes nothing, for where SQLite is missing.
 *
 * Whatever is read from it is as empty as it is; what is to be kept is refused.
 *
 * @param missing why nothing can be kept, and what would help
 */
export function createEmptyStore(missing: RealtimeError): Store {
  return new EmptyStore(new EmptyDatabase(missing), [])
}

class EmptyStore extends SqlStore {
  override async start(): Promise<void> {}
}

/** A database without a row: to change or remove some changes nothing. */
class EmptyDatabase implements SqlDatabase {
  readonly dialect = sqliteDialect
  readonly #missing: RealtimeError
  readonly #session: SqlSession

  constructor(missing: RealtimeError) {
    this.#missing = missing
    this.#session = {
      dialect: sqliteDialect,
      all: (sql) => this.all(sql),
      script: async () => {},
      lock: async () => {},
      pause: async () => {},
    }
  }

  async open(): Promise<void> {}

  async all<Row>(sql: string): Promise<Row[]> {
    if (!/\bINSERT INTO\b/.test(sql)) return []
    const { code, message } = this.#missing
    throw new RealtimeError(code, `this cannot be kept: ${message}`)
  }

  snapshot<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return work(this.#session)
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return work(this.#session)
  }

  async close(): Promise<void> {}
}
