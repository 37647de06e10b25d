import { addChecksumFunction, checkOwner, WITH_CHECKSUMS } from '../engines/sqlite/schema.ts'
import { verifyPages, verifyVitalRows } from '../engines/sqlite/verify-file.ts'
import { loadSqlite } from '../sqlite/load-sqlite.ts'
import { checkStoreFile } from '../stores/sqlite/check-store-file.ts'
import { sqliteMigrations } from '../stores/sqlite/sqlite-store.ts'

/**
 * Checks a whole database that no process has open, and changes nothing in it.
 *
 * Single events are not checked: those that are damaged are told as gaps.
 *
 * @param kind what a server keeps in it
 * @throws {RealtimeError} `unavailable` when a server would refuse to start with it
 */
export function verifyDatabase(kind: 'engine' | 'store', path: string): void {
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    if (kind === 'store') checkStoreFile(database, sqliteMigrations)
    verifyPages(database, 'whole')
    if (kind === 'store' || checkOwner(database) < WITH_CHECKSUMS) return
    addChecksumFunction(database)
    verifyVitalRows(database)
  } finally {
    database.close()
  }
}
