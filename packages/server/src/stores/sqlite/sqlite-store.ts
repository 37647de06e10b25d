import { RealtimeError } from '@coterie/protocol'
import type { Durability } from '../../ports/durability.ts'
import type { Store } from '../../ports/store.ts'
import { checkFileOptions } from '../../sqlite/check-file-options.ts'
import { cannotOpen, isDamage } from '../../sqlite/describe-file-failure.ts'
import { loadSqlite } from '../../sqlite/load-sqlite.ts'
import { IN_MEMORY } from '../../sqlite/open-exclusive.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { checkStoreFile } from './check-store-file.ts'
import { initial } from './migrations/0001-initial.ts'
import { triggers } from './migrations/0002-triggers.ts'
import { provenRights } from './migrations/0003-proven-rights.ts'
import { plans } from './migrations/0004-plans.ts'
import { inboxCounts } from './migrations/0005-inbox-counts.ts'
import { SqliteDatabase } from './sqlite-database.ts'

/** Options of the SQLite store. */
export interface SqliteStoreOptions {
  /** The database file; its folder is made when it is missing. `:memory:` keeps nothing. */
  readonly path: string
  /** @default 'normal' */
  readonly durability?: Durability
}

/** The migrations up to the tables of this release, in order. */
export const sqliteMigrations = [initial, triggers, provenRights, plans, inboxCounts]

/**
 * Makes the embedded store: one file, which belongs to this process alone.
 *
 * @throws {TypeError} for a bad option, naming it
 * @throws {RealtimeError} `unavailable` where this Node has no SQLite
 * @example
 * const store = createSqliteStore({ path: 'data/store.sqlite' })
 */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  checkFileOptions('createSqliteStore', options)
  loadSqlite()
  const { path, durability = 'normal' } = options
  const database = new SqliteDatabase(path, durability, (opened) => {
    if (path !== IN_MEMORY) checkStoreFile(opened, sqliteMigrations)
  })
  return new SqliteStore(path, database)
}

class SqliteStore extends SqlStore {
  readonly #path: string

  constructor(path: string, database: SqliteDatabase) {
    super(database, sqliteMigrations)
    this.#path = path
  }

  override async start(): Promise<void> {
    try {
      await super.start()
    } catch (error) {
      const cause = error instanceof RealtimeError && isDamage(error.cause) ? error.cause : error
      throw cannotOpen(this.#path, cause)
    }
  }
}
