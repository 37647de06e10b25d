import {
  checkFunctions,
  checkOption,
  checkOptionsObject,
  checkWholeNumber,
  createOptionError,
  RealtimeError,
  showValue,
} from '@coterie/protocol'
import type { Store } from '../../ports/store.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { initial } from './migrations/0001-initial.ts'
import { triggers } from './migrations/0002-triggers.ts'
import { provenRights } from './migrations/0003-proven-rights.ts'
import { plans } from './migrations/0004-plans.ts'
import { inboxCounts } from './migrations/0005-inbox-counts.ts'
import { type PostgresConnections, PostgresDatabase } from './postgres-database.ts'
import type { PostgresPool } from './postgres-pool.ts'

export type { PostgresClient, PostgresPool, PostgresQuery } from './postgres-pool.ts'

const CONNECT_TIMEOUT_MS = 5_000

/** Options of the Postgres store: where the server is, or a pool of connections to it. */
export type PostgresStoreOptions = { readonly preparesStatements?: boolean } & (
  | {
      /** `postgres://user:password@host:port/database`; needs the package `pg`. */
      readonly url: string
      /** Connections at most. @default 10 */
      readonly maxConnections?: number
      readonly pool?: undefined
    }
  | {
      /** A `pg.Pool`. The store does not end it, and leaves its `error` events to you. */
      readonly pool: PostgresPool
      readonly url?: undefined
    }
)

/** The migrations up to the tables of this release, in order. */
export const postgresMigrations = [initial, triggers, provenRights, plans, inboxCounts]

/**
 * Makes a store in Postgres 13 or newer, which several processes may share. Its
 * tables are named `coterie_…`, in the first schema of the search path.
 *
 * With `preparesStatements: false` it works behind a pooler that uses another
 * connection for each transaction.
 *
 * @throws {TypeError} for a bad option, naming it
 * @example
 * const store = createPostgresStore({ url: 'postgres://coterie@localhost/coterie' })
 */
export function createPostgresStore(options: PostgresStoreOptions): Store {
  checkPostgresOptions(options)
  return new SqlStore(new PostgresDatabase(connectionsOf(options)), postgresMigrations)
}

function checkPostgresOptions(options: PostgresStoreOptions): void {
  checkOptionsObject('createPostgresStore', options)
  const { url, pool, preparesStatements = true } = options
  const isFlag = typeof preparesStatements === 'boolean'
  checkOption('preparesStatements', preparesStatements, isFlag, 'true or false')
  if (pool !== undefined) {
    checkFunctions('pool', pool, ['connect', 'query'])
    return
  }
  const { maxConnections = 10 } = options
  checkWholeNumber('maxConnections', maxConnections, 1)
  if (typeof url === 'string' && /^postgres(ql)?:\/\//.test(url)) return
  // The URL may contain a password.
  const shown = typeof url === 'string' ? 'this text' : showValue(url)
  throw createOptionError('url', shown, 'an address as postgres://user@host/database, or a pool')
}

/** Chooses the source of connections. */
export function connectionsOf(options: PostgresStoreOptions): PostgresConnections {
  const prepares = options.preparesStatements ?? true
  if (options.pool) {
    const { pool } = options
    return { prepares, open: async () => pool, close: async () => {} }
  }
  const { url, maxConnections = 10 } = options
  let end = async (): Promise<void> => {}
  return {
    prepares,
    open: async () => {
      const { Pool } = await loadPg()
      const pool = new Pool({
        connectionString: url,
        max: maxConnections,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
        application_name: 'coterie',
      })
      // An idle connection that is lost leaves the pool by itself.
      pool.on('error', () => {})
      end = () => pool.end()
      return pool
    },
    close: () => end(),
  }
}

async function loadPg() {
  try {
    const { default: pg } = await import('pg')
    return pg
  } catch (error) {
    throw new RealtimeError(
      'unavailable',
      'the Postgres store needs the package pg: npm install pg',
      { cause: error },
    )
  }
}
