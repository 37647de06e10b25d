import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import type { Migration } from '../sql/migration.ts'

/** Marks files of this store: the bytes of `CoSt`. */
export const STORE_APPLICATION_ID = 0x436f5374

const RESTORE = 'restore a backup, or move the file away to begin with an empty store'

/**
 * Checks that a database belongs to this store before anything is written to it.
 *
 * @throws {RealtimeError} `unavailable` when tables are missing or belong to another application
 */
export function checkStoreFile(database: DatabaseSync, migrations: readonly Migration[]): void {
  const rows = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
  const tables = new Set(rows.map(({ name }) => String(name)))
  if (tables.has('coterie_migrations')) {
    requireTables(database, tables, migrations)
    return
  }
  const isNew = tables.size === 0 && readApplicationId(database) === STORE_APPLICATION_ID
  if (isNew) return
  throw new RealtimeError(
    'unavailable',
    tables.size === 0
      ? `it has no tables, as if everything in it had been deleted; ${RESTORE}`
      : 'it is a database of another application; choose another path, or move it away',
  )
}

function requireTables(
  database: DatabaseSync,
  tables: ReadonlySet<string>,
  migrations: readonly Migration[],
): void {
  const applied = database.prepare('SELECT number FROM coterie_migrations').all()
  const numbers = new Set(applied.map(({ number }) => Number(number)))
  for (const { number, sql } of migrations) {
    if (!numbers.has(number)) continue
    for (const [, name = ''] of sql.matchAll(/CREATE TABLE (\w+)/g)) {
      if (tables.has(name)) continue
      throw new RealtimeError('unavailable', `its table ${name} is missing; ${RESTORE}`)
    }
  }
}

function readApplicationId(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA application_id').get()?.application_id)
}
