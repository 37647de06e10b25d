import { createHash } from 'node:crypto'
import type { SqlSession, SqlValue } from '../sql/sql-database.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { translatePostgresError } from './postgres-error.ts'
import type { PostgresClient, PostgresQuery } from './postgres-pool.ts'

const INT8 = 20
const BOOL = 16

// Set per statement, so that other users of the same `pg` are not affected.
const TYPES = {
  getTypeParser: (oid: number): ((text: string) => unknown) => {
    if (oid === BOOL) return (text) => text === 't'
    return oid === INT8 || oid === 21 || oid === 23 ? Number : (text) => text
  },
}

const names = new Map<string, string>()

/** Statements over one connection. */
export class PostgresSession implements SqlSession {
  readonly dialect = postgresDialect
  readonly #client: PostgresClient
  readonly #prepares: boolean
  readonly #timeoutMs: number

  /** @param timeoutMs how long a statement may take */
  constructor(client: PostgresClient, prepares: boolean, timeoutMs: number) {
    this.#client = client
    this.#prepares = prepares
    this.#timeoutMs = timeoutMs
  }

  async all<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    const query = { text: sql, values: [...values], types: TYPES }
    return this.#query<Row>(this.#prepares ? { ...query, name: nameOf(sql) } : query)
  }

  async script(sql: string): Promise<void> {
    await this.#query({ text: sql })
  }

  async lock(name: string): Promise<void> {
    await this.all('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`coterie ${name}`])
  }

  // The process does other work between statements anyway.
  async pause(): Promise<void> {}

  async #query<Row>(query: PostgresQuery): Promise<Row[]> {
    try {
      const { rows } = await this.#client.query({ ...query, query_timeout: this.#timeoutMs })
      return rows as Row[]
    } catch (error) {
      throw translatePostgresError(error)
    }
  }
}

// The pool may be shared, and a name identifies one statement per connection.
function nameOf(sql: string): string {
  let name = names.get(sql)
  if (name === undefined) {
    name = `coterie_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`
    names.set(sql, name)
  }
  return name
}
