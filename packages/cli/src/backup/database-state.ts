import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** Bytes of the header of a write-ahead log. */
const HEADER_BYTES = 32
/** How every log begins; the last bit tells the byte order of its checksums. */
const MAGIC = 0x377f0682

/** What tells whether a database and what stands beside it can be copied as one state. */
export interface DatabaseState {
  /** Another one after every change that a copy must not span. */
  readonly name: string
  /** False where nothing but the times of the files tells of changes. */
  readonly hasLog: boolean
}

/**
 * Reads in which state the files of a database are, without opening it.
 *
 * With a write-ahead log this is the log's header. SQLite writes another one, with
 * new random salts, before it overwrites the first frame of the log.
 */
export function readDatabaseState(path: string): DatabaseState {
  const header = readLogHeader(`${path}-wal`)
  const { ino } = statSync(path, { bigint: true })
  if (header !== undefined) return { name: `${ino} ${header}`, hasLog: true }
  return { name: `${describe(path)} ${describe(`${path}-journal`)}`, hasLog: false }
}

function describe(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found ? `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}` : 'none'
}

/** Returns the header of a log with the file that it is in; undefined where there is no log. */
function readLogHeader(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (!found || found.size < HEADER_BYTES) return undefined
  const descriptor = openSync(path, 'r')
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    const count = readSync(descriptor, header, 0, HEADER_BYTES, 0)
    const isLog = count === HEADER_BYTES && (header.readUInt32BE(0) & ~1) === MAGIC
    return isLog ? `${found.ino} ${header.toString('hex')}` : undefined
  } finally {
    closeSync(descriptor)
  }
}
