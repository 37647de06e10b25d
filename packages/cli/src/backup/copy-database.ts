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
/** Longer than the timestamp resolution of file systems, in ms. */
const CLOCK_STEP_MS = 50
/** In this order, because the log must be read after pages that a checkpoint wrote back. */
const SUFFIXES = ['', '-journal', '-wal'] as const

/** Copies the bytes of a file. */
export type CopyFile = (from: string, to: string) => void

/**
 * Copies a SQLite database that another process may be writing to, as one file.
 *
 * Copies the log after the database, and accepts it only when it was not
 * restarted meanwhile. Then the log also holds every page that a checkpoint
 * wrote meanwhile, and any page that the log lacks was not written.
 *
 * Do not call it in the process that has the database open: closing a descriptor
 * of the file would release its lock.
 *
 * @param verify reads the copy; throws when a server would refuse it
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
    // A change within the timestamp resolution of the file system would be missed.
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

/** Removes a database and its side files. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
}

/** Waits until a file is on the disk. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r+')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

// If the file system supports it, the copy shares its blocks and is made at once.
function cloneOrCopy(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE)
}

function copyWhereFound(from: string, to: string, copyFile: CopyFile): void {
  try {
    copyFile(from, to)
  } catch (error) {
    // A side file may disappear at any time; the database itself is checked afterwards.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Merges the log into the copy; returns what is wrong with the log, if anything. */
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
