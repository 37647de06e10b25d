import { closeSync, existsSync, fsyncSync, openSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import type { Durability } from '../ports/durability.ts'
import { makeFilePrivate, makeFolderOf } from '../system/make-private.ts'
import { createDatabaseFile } from './create-database-file.ts'
import { cannotOpen } from './describe-file-failure.ts'
import { loadSqlite } from './load-sqlite.ts'

/** The name of a database that is no file. */
export const IN_MEMORY = ':memory:'

/** What SQLite calls each durability. */
export const SYNCHRONOUS = { memory: 'OFF', normal: 'NORMAL', full: 'FULL' } as const

/** Bytes that the write-ahead log keeps once it has been written back. */
const MAX_IDLE_WAL_BYTES = 16 * 1_048_576

/**
 * Opens a database file for this process alone; its folder is made when it is missing.
 *
 * An empty file is refused: a database never is, so something has emptied it.
 *
 * @param inspect reads the file before anything is written; throws where it is not to be used
 * @param applicationId what a new file is marked with
 * @throws {RealtimeError} `unavailable`, naming the file and saying what to do
 */
export function openExclusive(
  path: string,
  durability: Durability,
  inspect: (database: DatabaseSync) => void = () => {},
  applicationId = 0,
): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== IN_MEMORY) {
      prepareFile(path, applicationId)
      makeFilePrivate(path)
    }
    const sqlite = loadSqlite()
    database = new sqlite.DatabaseSync(path, { timeout: 0 })
    // One process owns the file, so no statement ever finds it locked. The lock
    // goes with the process, however it ends.
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    inspect(database)
    database.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${SYNCHRONOUS[durability]};
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA journal_size_limit = ${MAX_IDLE_WAL_BYTES};
      PRAGMA cell_size_check = ON;
      BEGIN IMMEDIATE;
      COMMIT;
    `)
    return database
  } catch (error) {
    database?.close()
    throw cannotOpen(path, error)
  }
}

function prepareFile(path: string, applicationId: number): void {
  makeFolderOf(path)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) {
    // It would be read into whatever database gets this name.
    if (existsSync(`${path}-wal`)) {
      throw new RealtimeError(
        'unavailable',
        `it is gone, and what was written to it last is left in ${path}-wal; restore a backup, or remove that file to start afresh`,
      )
    }
    createDatabaseFile(path, applicationId)
  } else if (found.isFile() && found.size === 0) {
    throw new RealtimeError(
      'unavailable',
      'it is empty, and a database never is: something has emptied it; restore a backup, or remove the file to start afresh',
    )
  }
}

/** Waits until the disk has the names of the files in a folder, where the system can. */
export function syncFolder(folder: string): void {
  let descriptor: number | undefined
  try {
    descriptor = openSync(folder, 'r')
    fsyncSync(descriptor)
  } catch {
    // Windows cannot open a folder, and keeps names by itself.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
