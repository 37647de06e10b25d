import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { makeFolder } from './make-folder.ts'

/** What only the owner may read and write. */
export const PRIVATE_FILE = 0o600
/** What only the owner may look into. */
const PRIVATE_FOLDER = 0o700
/** Rights of all others. */
const OTHERS = 0o077
/** Files that SQLite keeps beside a database, with the same rights. */
const BESIDE = ['', '-wal', '-shm', '-journal']
/** Files of a data directory that are a server's own. */
const OWN_FILE = /^(engine|store)\.sqlite/

/**
 * Lets nobody but this user read a database, which may hold what users said to
 * each other. What SQLite makes beside it gets the same rights.
 *
 * @throws {Error} of the file system, such as `EACCES`
 */
export function makeFilePrivate(path: string): void {
  for (const end of BESIDE) tighten(path + end, PRIVATE_FILE)
}

/**
 * Makes the folder of a database. Nobody else may look into one that is new, or
 * that is a data directory and holds nothing more.
 *
 * @throws {Error} of the file system, such as `EACCES`
 */
export function makeFolderOf(path: string): void {
  const folder = dirname(path)
  const isNew = !existsSync(folder)
  makeFolder(folder)
  const isDataDirectory = isOwnFile(basename(path)) && readdirSync(folder).every(isOwnFile)
  if (isNew || isDataDirectory) tighten(folder, PRIVATE_FOLDER)
}

function isOwnFile(name: string): boolean {
  return OWN_FILE.test(name)
}

function tighten(path: string, mode: number): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found || (found.mode & OTHERS) === 0) return
  try {
    chmodSync(path, mode)
  } catch (error) {
    // It is another user's, who decides; whether it can be used is found out by using it.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}
