import { RealtimeError } from '@coterie/protocol'
import type { SqlDatabase, SqlSession, SqlValue } from '../sql/sql-database.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { isConnectionUsable, mayRunAgain, translatePostgresError } from './postgres-error.ts'
import type { PostgresClient, PostgresPool } from './postgres-pool.ts'
import { PostgresSession } from './postgres-session.ts'

const ATTEMPTS = 5
/** How long a statement may take: an unreachable server never answers. */
const TIMEOUT_MS = 30_000

/** The source of connections. */
export interface PostgresConnections {
  /** Makes the pool, or returns the given one. */
  open(): Promise<PostgresPool>
  /** Ends the pool if the store created it. */
  close(pool: PostgresPool): Promise<void>
  /** True prepares statements, once per connection. */
  readonly prepares: boolean
}

/** A database behind a pool of connections. */
export class PostgresDatabase implements SqlDatabase {
  readonly dialect = postgresDialect
  readonly #connections: PostgresConnections
  readonly #works = new Set<Promise<unknown>>()
  #pool: PostgresPool | undefined

  constructor(connections: PostgresConnections) {
    this.#connections = connections
  }

  async open(): Promise<void> {
    this.#pool = await this.#connections.open()
  }

  all<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#connected((session) => session.all<Row>(sql, values))
  }

  snapshot<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#connected((session) =>
      within(session, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work),
    )
  }

  async transaction<T>(
    work: (session: SqlSession) => Promise<T>,
    timeoutMs = TIMEOUT_MS,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#connected((session) => within(session, 'BEGIN', work), timeoutMs)
      } catch (error) {
        if (attempt === ATTEMPTS || !mayRunAgain(error)) throw error
      }
    }
  }

  async close(): Promise<void> {
    const pool = this.#pool
    this.#pool = undefined
    await Promise.allSettled(this.#works)
    if (pool) await this.#connections.close(pool)
  }

  #connected<T>(work: (session: SqlSession) => Promise<T>, timeoutMs = TIMEOUT_MS): Promise<T> {
    const running = this.#run(work, timeoutMs)
    this.#works.add(running)
    const done = (): void => void this.#works.delete(running)
    running.then(done, done)
    return running
  }

  async #run<T>(work: (session: SqlSession) => Promise<T>, timeoutMs: number): Promise<T> {
    if (!this.#pool) throw new RealtimeError('unavailable', 'the Postgres store is not open')
    const client = await connect(this.#pool)
    // A connection lost between statements emits an event, which would end the process without a
    // listener; the next statement fails anyway.
    client.on('error', ignore)
    let isUsable = true
    try {
      return await work(new PostgresSession(client, this.#connections.prepares, timeoutMs))
    } catch (error) {
      isUsable = isConnectionUsable(error)
      throw error
    } finally {
      client.off('error', ignore)
      client.release(!isUsable)
    }
  }
}

async function connect(pool: PostgresPool): Promise<PostgresClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw translatePostgresError(error)
  }
}

async function within<T>(
  session: SqlSession,
  begin: string,
  work: (session: SqlSession) => Promise<T>,
): Promise<T> {
  await session.all(begin)
  try {
    const result = await work(session)
    await session.all('COMMIT')
    return result
  } catch (error) {
    // Otherwise the connection is closed, and its transaction with it: a connection that does not
    // answer would not answer a rollback either.
    if (isConnectionUsable(error)) await session.all('ROLLBACK')
    throw error
  }
}

function ignore(): void {}
