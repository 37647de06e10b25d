import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { ConfigError } from '@coterie/server'

const MAX_ATTEMPTS = 20
/** Longer than file systems take to tell one moment from the next, in ms. */
const CLOCK_STEP_MS = 50

/**
 * Copies a SQLite database that another process may be writing to, as one file.
 *
 * With a write-ahead log the database itself changes only in checkpoints. While
 * it stays the same, it and the log as far as it got make up one state; SQLite
 * reads the log up to its last whole transaction.
 *
 * Not for the process that has the database open: closing a descriptor of the
 * file would end its lock.
 *
 * @throws {ConfigError} when the file is damaged, or changes too fast to be copied
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const part = `${to}.part`
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    await untilItRests(from)
    const before = stateOf(from)
    removeDatabase(part)
    copyFileSync(from, part)
    if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${part}-wal`)
    if (stateOf(from) !== before) continue
    const fault = joinLog(part)
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

// A change within the step of the file system's clock would not be seen.
async function untilItRests(path: string): Promise<void> {
  for (let waited = 0; waited < MAX_ATTEMPTS; waited += 1) {
    if (Date.now() - statSync(path).mtimeMs > CLOCK_STEP_MS) return
    await setTimeout(CLOCK_STEP_MS)
  }
}

function stateOf(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
}

/** Takes the log into the copy; returns what is wrong with the copy, if anything. */
function joinLog(path: string): string | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = DELETE')
    const [row] = database.prepare('PRAGMA integrity_check(1)').all()
    const found = row && String(Object.values(row)[0])
    return found === 'ok' ? undefined : found
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    database?.close()
  }
}
