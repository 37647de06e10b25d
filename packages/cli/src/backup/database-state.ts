import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** Bytes of the header of a write-ahead log. */
const HEADER_BYTES = 32
/** The start of every log; the last bit gives the byte order of its checksums. */
const MAGIC = 0x377f0682

/** Identifies a state of a database and its side files, to detect changes during a copy. */
export interface DatabaseState {
  /** Differs after every change that a copy must not span. */
  readonly name: string
  /** False when only the timestamps of the files show changes. */
  readonly hasLog: boolean
}

/**
 * Reads the state of a database's files without opening the database.
 *
 * With a write-ahead log this is the log's header. SQLite writes a new one, with
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

/** Returns the header of a log and its file; undefined when there is no log. */
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
