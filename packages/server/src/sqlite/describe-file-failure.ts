import { statSync } from 'node:fs'
import { RealtimeError } from '@coterie/protocol'

// Result codes of SQLite: https://www.sqlite.org/rescode.html
const CORRUPT = 11
const NOT_A_DATABASE = 26

const RESTORE = 'restore a backup (coterie restore), or move the file away to start afresh'

/** What each result code of SQLite means for who runs the server. */
const ADVICE: Readonly<Record<number, string>> = {
  5: 'another process uses it, or another hub of this one',
  8: 'it cannot be written; check the permissions of the file and its folder',
  10: 'the disk failed to read or write it',
  [CORRUPT]: `it is damaged; ${RESTORE}`,
  13: 'the disk is full; free some space and start again',
  14: 'it cannot be opened; check that the folder exists and may be written',
  [NOT_A_DATABASE]: `file is not a database, or its first page is damaged; ${RESTORE}`,
}

/** Tells whether an error of SQLite means that what is in the file is damaged. */
export function isDamage(error: unknown): boolean {
  // A number that nothing here has ever written.
  if ((error as { code?: unknown } | undefined)?.code === 'ERR_OUT_OF_RANGE') return true
  const code = resultCode(error)
  return code === CORRUPT || code === NOT_A_DATABASE
}

/** Says what failed, and the reason that the database gives. */
export function databaseFailed(what: string, cause: unknown): RealtimeError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new RealtimeError('unavailable', `${what}: ${reason}`, { cause })
}

/** Says in one line why a file cannot be used, and what to do. */
export function cannotOpen(path: string, error: unknown): RealtimeError {
  const reason = (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ')
  if (error instanceof RealtimeError) {
    const line = reason.includes(path) ? reason : `cannot open ${path}: ${reason}`
    return new RealtimeError(error.code, line, { cause: error })
  }
  const code = resultCode(error)
  const advice = code === undefined ? undefined : ADVICE[code]
  const line = isFolder(path) ? 'it is a folder; a file is expected' : advice
  return new RealtimeError('unavailable', `cannot open ${path}: ${line ?? reason}`, {
    cause: error,
  })
}

/** The primary result code; undefined where an error is not one of SQLite. */
function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
