import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { RealtimeError } from '@coterie/protocol'
import type { Durability } from '../../ports/durability.ts'
import { databaseFailed } from '../../sqlite/describe-file-failure.ts'
import { FileWatch } from '../../sqlite/file-identity.ts'
import { IN_MEMORY, openExclusive } from '../../sqlite/open-exclusive.ts'
import type { SqlDatabase, SqlSession, SqlValue } from '../sql/sql-database.ts'
import { STORE_APPLICATION_ID } from './check-store-file.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

/** Queued work that runs before the process does other work. */
const WORKS_A_TICK = 32

/** One connection to a file. Work is queued, so none sees the partial effects of another. */
export class SqliteDatabase implements SqlDatabase {
  readonly dialect = sqliteDialect
  readonly #path: string
  readonly #durability: Durability
  readonly #inspect: ((database: DatabaseSync) => void) | undefined
  readonly #statements = new Map<string, StatementSync>()
  readonly #session: SqlSession
  #opened: DatabaseSync | undefined
  #watch = new FileWatch([])
  #last: Promise<void> = Promise.resolve()
  #worksInTick = 0

  /** @param inspect reads a file before anything is written; throws to reject it */
  constructor(path: string, durability: Durability, inspect?: (database: DatabaseSync) => void) {
    this.#path = path
    this.#inspect = inspect
    this.#durability = durability
    this.#session = {
      dialect: this.dialect,
      all: async (sql, values = []) => this.#run(sql, values),
      script: async (sql) => {
        const database = this.#open()
        guarded(() => database.exec(sql))
      },
      // Work is queued, so nobody else holds a lock.
      lock: async () => {},
      pause: () => setImmediate(),
    }
  }

  async open(): Promise<void> {
    this.#opened = openExclusive(this.#path, this.#durability, this.#inspect, STORE_APPLICATION_ID)
    const files = this.#path === IN_MEMORY ? [] : [this.#path, `${this.#path}-wal`]
    this.#watch = new FileWatch(files)
  }

  all<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#inTurn(() => this.#session.all<Row>(sql, values))
  }

  snapshot<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#inTurn(() => work(this.#session))
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const { script } = this.#session
      await script('BEGIN IMMEDIATE')
      try {
        const result = await work(this.#session)
        await script('COMMIT')
        return result
      } catch (error) {
        // A full disk may have caused a rollback already.
        if (this.#opened?.isTransaction) await script('ROLLBACK')
        throw error
      }
    })
  }

  async close(): Promise<void> {
    await this.#last
    this.#statements.clear()
    this.#opened?.close()
    this.#opened = undefined
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#open()
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    try {
      // Work is synchronous except for its promises: a long queue would block everything else.
      this.#worksInTick = (this.#worksInTick + 1) % WORKS_A_TICK
      if (this.#worksInTick === 0) await setImmediate()
      this.#watch.check()
      return await work()
    } finally {
      resolve()
    }
  }

  #run<Row>(sql: string, values: readonly SqlValue[]): Row[] {
    const database = this.#open()
    return guarded(() => {
      let statement = this.#statements.get(sql)
      if (!statement) {
        statement = database.prepare(sql.replace(/\$(\d+)/g, '?$1'))
        this.#statements.set(sql, statement)
      }
      const bound = values.map((value) => (typeof value === 'boolean' ? Number(value) : value))
      return statement.all(...bound) as Row[]
    })
  }

  #open(): DatabaseSync {
    if (this.#opened) return this.#opened
    throw new RealtimeError('unavailable', 'the SQLite store is not open')
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw databaseFailed('the database failed', error)
  }
}
