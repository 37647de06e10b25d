import type { SqlDatabase, SqlSession, SqlValue } from './sql-database.ts'

/** Counts statements and the rows that they return, and keeps the statements. */
export class CountingDatabase implements SqlDatabase {
  readonly dialect: SqlDatabase['dialect']
  statements: string[] = []
  rows = 0
  readonly #inner: SqlDatabase

  constructor(inner: SqlDatabase) {
    this.#inner = inner
    this.dialect = inner.dialect
  }

  open(): Promise<void> {
    return this.#inner.open()
  }

  async all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#count(sql, await this.#inner.all<Row>(sql, values))
  }

  snapshot<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#inner.snapshot((session) => work(this.#counted(session)))
  }

  transaction<T>(
    work: (session: SqlSession) => Promise<T>,
    ...rest: [timeoutMs?: number]
  ): Promise<T> {
    return this.#inner.transaction((session) => work(this.#counted(session)), ...rest)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  /** Runs work and returns its cost; nothing else may run meanwhile. */
  async costOf(work: () => Promise<unknown>) {
    this.statements = []
    this.rows = 0
    await work()
    return { statements: this.statements.length, rows: this.rows }
  }

  #counted(session: SqlSession): SqlSession {
    return {
      dialect: session.dialect,
      all: async <Row>(sql: string, values?: readonly SqlValue[]) =>
        this.#count(sql, await session.all<Row>(sql, values)),
      script: (sql) => session.script(sql),
      lock: (name) => session.lock(name),
      pause: () => session.pause(),
    }
  }

  #count<Row>(sql: string, rows: Row[]): Row[] {
    this.statements.push(sql)
    this.rows += rows.length
    return rows
  }
}
