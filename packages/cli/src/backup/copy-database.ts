import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { ConfigError } from '@coterie/server'
import { loadSqlite } from '@coterie/server/command'
import { readDatabaseState } from './database-state.ts'

const MAX_ATTEMPTS = 20
/** Longer than file systems take to tell one moment from the next, in ms. */
const CLOCK_STEP_MS = 50
/** In this order: what a checkpoint wrote back meanwhile is in the log that is read after it. */
const SUFFIXES = ['', '-journal', '-wal'] as const

/** Copies the bytes of a file. */
export type CopyFile = (from: string, to: string) => void

/**
 * Copies a SQLite database that another process may be writing to, as one file.
 *
 * The log is copied after the database, and counts only where it was not begun
 * anew since before. Then every page that a checkpoint wrote meanwhile is in the
 * log too, and what the log does not have was not written.
 *
 * Not for the process that has the database open: closing a descriptor of the
 * file would end its lock.
 *
 * @param verify reads the copy; throws where a server would not take it
 * @throws {ConfigError} when the file is damaged, or changes too fast to be copied
 */
export async function copyDatabase(
  from: string,
  to: string,
  verify: (path: string) => void,
  copyFile: CopyFile = cloneOrCopy,
): Promise<void> {
  const part = `${to}.part`
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const before = readDatabaseState(from)
    // A change within the step of the file system's clock would not be seen.
    if (!before.hasLog) await setTimeout(CLOCK_STEP_MS)
    removeDatabase(part)
    for (const suffix of SUFFIXES) copyWhereFound(`${from}${suffix}`, `${part}${suffix}`, copyFile)
    if (readDatabaseState(from).name !== before.name) continue
    const fault = joinLog(part) ?? faultOf(() => verify(part))
    if (fault !== undefined) {
      removeDatabase(part)
      throw new ConfigError(`${from} is damaged, and was not copied: ${fault}`)
    }
    sync(part)
    renameSync(part, to)
    return
  }
  removeDatabase(part)
  throw new ConfigError(
    `${from} was written to too fast to be copied; try again when it is quieter`,
  )
}

/** Removes a database and what stands beside it. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
}

/** Waits until the disk has a file. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r+')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

// Where the file system can, the copy shares its blocks and is made at once.
function cloneOrCopy(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE)
}

function copyWhereFound(from: string, to: string, copyFile: CopyFile): void {
  try {
    copyFile(from, to)
  } catch (error) {
    // It may go at any time; that the database is still there is checked afterwards.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Takes the log into the copy; returns what is wrong with it, if anything. */
function joinLog(path: string): string | undefined {
  return faultOf(() => {
    const { DatabaseSync } = loadSqlite()
    const database = new DatabaseSync(path)
    try {
      database.exec('PRAGMA journal_mode = DELETE')
    } finally {
      database.close()
    }
  })
}

function faultOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
