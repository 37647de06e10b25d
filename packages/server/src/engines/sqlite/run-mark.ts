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
/** Bytes of the whole line, so that it is written over in place. */
const LINE_BYTES = 96
/** Where the count stands: behind the name of the format and that of the file. */
const COUNT_AT = 'coterie-mark-1 '.length + 12 + 1

/** What the mark says of the run that wrote it. */
export interface Run {
  /** Which database it was. */
  readonly file: string
  /** Groups of writes that were acknowledged. */
  readonly commits: number
  /** What the file was when it was closed; undefined while it is open, or after a crash. */
  readonly end?: FileDigest | undefined
}

/** Where the mark of a database stands. */
export function markPath(path: string): string {
  return `${path}-mark`
}

/** Reads the mark beside a database; undefined where there is none that can be read. */
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
 * A file beside the database that remembers what was acknowledged.
 *
 * The database cannot tell by itself that it is a copy of what it once was, or
 * that the end of its write-ahead log is gone. The mark is made anew by each
 * run, and the database remembers which one belongs to it.
 */
export class RunMark {
  /** Names the mark of this run. */
  readonly identity: string
  readonly #path: string
  readonly #file: string
  readonly #descriptor: number
  readonly #count = Buffer.alloc(DIGITS)
  #failure: unknown

  /** Prepares a mark; the one of the last run stays until `publish`. */
  constructor(path: string, { file, commits }: Run) {
    this.#path = path
    this.#file = file
    const next = `${markPath(path)}-next`
    this.#descriptor = openSync(next, 'w', 0o600)
    this.#write(commits, 'running')
    this.identity = identifyFile(next) ?? ''
  }

  /** Puts the mark into the place of the last one. */
  publish(): void {
    renameSync(`${markPath(this.#path)}-next`, markPath(this.#path))
    syncFolder(dirname(this.#path))
  }

  /** Notes that a group of writes is about to be acknowledged. */
  note(commits: number): void {
    try {
      this.#count.write(String(commits).padStart(DIGITS, '0'), 'latin1')
      writeSync(this.#descriptor, this.#count, 0, DIGITS, COUNT_AT)
      this.#failure = undefined
    } catch (error) {
      // The writes are in the database all the same; `check` tells that the disk fails.
      this.#failure = error
    }
  }

  /** @throws {Error} when the last note could not be written */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Notes what the file is that was just closed; without it, the mark stays that of a crash. */
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
