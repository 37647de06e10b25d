import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { identifyFile } from '../../sqlite/file-identity.ts'
import { syncFolder } from '../../sqlite/open-exclusive.ts'
import type { FileDigest } from './file-digest.ts'

const DIGITS = 16
const LINE =
  /^coterie-mark-1 ([A-Za-z0-9_-]{12}) (\d{16}) (running|closed ([0-9a-f]{8}) (\d+)) *\n$/
/** Bytes of the whole line, so that it can be overwritten in place. */
const LINE_BYTES = 96
/** The offset of the count: after the names of the format and the file. */
const COUNT_AT = 'coterie-mark-1 '.length + 12 + 1

/** The mark's information about the run that wrote it. */
export interface Run {
  /** The id of the database. */
  readonly file: string
  /** How many commits were acknowledged. */
  readonly commits: number
  /** The digest of the closed file; undefined while it is open, or after a crash. */
  readonly end?: FileDigest | undefined
}

/** Returns the path of a database's mark. */
export function markPath(path: string): string {
  return `${path}-mark`
}

/** Reads the mark beside a database; undefined without a readable one. */
export function readRun(path: string): Run | undefined {
  if (!existsSync(markPath(path))) return undefined
  const [, file, commits, , checksum, bytes] = LINE.exec(readFileSync(markPath(path), 'utf8')) ?? []
  if (file === undefined || commits === undefined) return undefined
  const end =
    checksum === undefined
      ? undefined
      : { checksum: Number.parseInt(checksum, 16), bytes: Number(bytes) }
  return { file, commits: Number(commits), end }
}

/**
 * A file beside the database that records the acknowledged commits.
 *
 * A database cannot detect that it is an older copy of itself, or that the end of
 * its write-ahead log is missing. Each run writes a new mark, and the database
 * stores which mark belongs to it.
 */
export class RunMark {
  /** The id of this run's mark. */
  readonly identity: string
  readonly #path: string
  readonly #file: string
  readonly #descriptor: number
  readonly #count = Buffer.alloc(DIGITS)
  #failure: unknown

  /** Prepares a mark; the previous one stays until `publish`. */
  constructor(path: string, { file, commits }: Run) {
    this.#path = path
    this.#file = file
    const next = `${markPath(path)}-next`
    this.#descriptor = openSync(next, 'w', 0o600)
    this.#write(commits, 'running')
    this.identity = identifyFile(next) ?? ''
  }

  /** Replaces the previous mark. */
  publish(): void {
    renameSync(`${markPath(this.#path)}-next`, markPath(this.#path))
    syncFolder(dirname(this.#path))
  }

  /** Records commits that are about to be acknowledged. */
  note(commits: number): void {
    try {
      this.#count.write(String(commits).padStart(DIGITS, '0'), 'latin1')
      writeSync(this.#descriptor, this.#count, 0, DIGITS, COUNT_AT)
      this.#failure = undefined
    } catch (error) {
      // The writes are in the database already; `check` reports the failing disk.
      this.#failure = error
    }
  }

  /** @throws {Error} when the last record could not be written */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Records the digest of the closed file; without it, the mark looks like after a crash. */
  close(commits: number, end: FileDigest | undefined): void {
    try {
      if (end) {
        const checksum = end.checksum.toString(16).padStart(8, '0')
        this.#write(commits, `closed ${checksum} ${end.bytes}`)
      }
    } finally {
      closeSync(this.#descriptor)
    }
  }

  #write(commits: number, state: string): void {
    const count = String(commits).padStart(DIGITS, '0')
    const line = `coterie-mark-1 ${this.#file} ${count} ${state}`.padEnd(LINE_BYTES - 1)
    writeSync(this.#descriptor, `${line}\n`, 0)
    fsyncSync(this.#descriptor)
  }
}
