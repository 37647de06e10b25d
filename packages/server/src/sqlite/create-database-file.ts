import { closeSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { PRIVATE_FILE } from '../system/make-private.ts'
import { loadSqlite } from './load-sqlite.ts'

/**
 * Makes a database that holds nothing yet, and whose file is never empty.
 *
 * It gets its name once it is whole, so a process that is killed meanwhile
 * leaves no empty file, which would look like one that was emptied.
 *
 * @param applicationId tells files of one kind from all others; 0 says nothing
 */
export function createDatabaseFile(path: string, applicationId: number): void {
  const unnamed = `${path}.${process.pid}.new`
  rmSync(unnamed, { force: true })
  closeSync(openSync(unnamed, 'w', PRIVATE_FILE))
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(unnamed)
  try {
    database.exec(
      `PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = ${Math.trunc(applicationId)}`,
    )
  } finally {
    database.close()
  }
  try {
    // Unlike a new name this never takes the place of what another process made meanwhile.
    linkSync(unnamed, path)
    rmSync(unnamed)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') rmSync(unnamed)
    // Not every file system has hard links.
    else renameSync(unnamed, path)
  }
}
