import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SeededRandom } from '@coterie/testing'

/** Memory, where the system has a file system of it: syncing there costs nothing. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const WAL = '-wal'
const FULL = ['2', '3', 'full', 'extra']

/** Files by their names. */
type Files = ReadonlyMap<string, Buffer>

/**
 * A folder of SQLite files on a disk that may lose what was not synced.
 *
 * The files are real ones. What of them has reached the disk is known by what
 * SQLite does: in a write-ahead log it syncs with a checkpoint, with every
 * commit where `synchronous` is `FULL`, and otherwise not.
 */
export class SimulatedDisk {
  static readonly #open = new Set<SimulatedDisk>()
  readonly #random: SeededRandom
  readonly #root = mkdtempSync(join(PLACE, 'coterie-simulation-'))
  readonly #databases = new Set<DatabaseSync>()
  #lives = 0
  #synced: Files = new Map()

  constructor(random: SeededRandom) {
    watchDatabases()
    this.#random = random
    SimulatedDisk.#open.add(this)
    mkdirSync(this.folder)
  }

  /** Where the files of the present life are. */
  get folder(): string {
    return join(this.#root, String(this.#lives))
  }

  /** Returns a copy of all files as they are at this moment. */
  copy(): Files {
    const names = readdirSync(this.folder).filter((name) => !name.endsWith('-shm'))
    return new Map(names.map((name) => [name, readFileSync(join(this.folder, name))]))
  }

  /** Replaces all files by others, which are on the disk. */
  putBack(files: Files): void {
    this.#beginLife(files)
    this.#synced = files
  }

  // The process that is gone keeps its own files.
  #beginLife(files: Files): void {
    const before = this.folder
    this.#lives += 1
    mkdirSync(this.folder)
    for (const [name, bytes] of files) fs.writeFileSync(join(this.folder, name), bytes)
    this.#closeAll()
    rmSync(before, { recursive: true, force: true })
  }

  /** Ends the process alone: the system keeps what was written. */
  killProcess(): void {
    this.#goOn(this.copy())
  }

  // The files stay the ones that they are, as after every crash: engines know copies from them.
  #goOn(files: Files): void {
    this.#closeAll()
    for (const name of readdirSync(this.folder)) {
      if (!files.has(name)) rmSync(join(this.folder, name))
    }
    for (const [name, bytes] of files) fs.writeFileSync(join(this.folder, name), bytes)
  }

  /** Cuts the power: of what was not synced the disk has any part from the beginning, or nothing. */
  cutPower(): void {
    const now = this.copy()
    const files = new Map(now)
    for (const [name, bytes] of now) {
      if (!name.endsWith(WAL)) continue
      const main = name.slice(0, -WAL.length)
      const synced = this.#synced.get(name) ?? Buffer.alloc(0)
      const known = this.#synced.get(main)
      // A checkpoint syncs both files, before and after.
      const isCheckpointed = known !== undefined && !known.equals(now.get(main) ?? Buffer.alloc(0))
      if (isCheckpointed) continue
      if (known) files.set(main, known)
      const isContinued = bytes.subarray(0, synced.length).equals(synced)
      const first = isContinued ? synced.length : 0
      const kept = this.#random.below(2) * this.#random.below(bytes.length - first + 1)
      files.set(name, bytes.subarray(0, first + kept))
    }
    this.#goOn(files)
    this.#synced = files
  }

  /** Changes some bytes of a file somewhere, as failing disks do. */
  flipBytes(name: string, count: number): void {
    const files = this.copy()
    const bytes = files.get(name)
    if (!bytes || bytes.length === 0) return
    const start = this.#random.below(Math.max(1, bytes.length - count))
    for (let index = start; index < Math.min(start + count, bytes.length); index += 1) {
      bytes[index] = (bytes[index] ?? 0) ^ (1 + this.#random.below(255))
    }
    this.#goOn(files)
    this.#synced = files
  }

  /** Removes everything. */
  remove(): void {
    SimulatedDisk.#open.delete(this)
    this.#closeAll()
    rmSync(this.#root, { recursive: true, force: true })
  }

  /** Notes that SQLite ran a text that may have synced files. */
  static noteRun(database: DatabaseSync, sql: string): void {
    for (const disk of SimulatedDisk.#open) disk.#noteRun(database, sql)
  }

  /** Notes that a file was synced; all of them where it is not known which. */
  static noteSync(path: string | undefined): void {
    for (const disk of SimulatedDisk.#open) {
      if (path === undefined) disk.#synced = disk.copy()
      else if (path.startsWith(disk.folder)) disk.#noteSync(basename(path))
    }
  }

  #noteRun(database: DatabaseSync, sql: string): void {
    if (!database.isOpen || !database.location()?.startsWith(this.folder)) return
    this.#databases.add(database)
    if (syncs(database, sql)) this.#noteSync(basename(database.location() ?? ''))
  }

  // A file and its write-ahead log are synced together.
  #noteSync(name: string): void {
    const others = [...this.#synced].filter(([each]) => !each.startsWith(name))
    const own = [...this.copy()].filter(([each]) => each.startsWith(name))
    this.#synced = new Map([...others, ...own])
  }

  #closeAll(): void {
    for (const database of this.#databases) if (database.isOpen) database.close()
    this.#databases.clear()
  }
}

/** What each database was last told of `synchronous`. */
const levels = new WeakMap<DatabaseSync, string>()

// Statement by statement: a text may commit under one level and end with another.
function syncs(database: DatabaseSync, sql: string): boolean {
  let hasSynced = false
  for (const statement of sql.toLowerCase().split(';')) {
    const [, level] = /pragma\s+synchronous\s*=\s*(\w+)/.exec(statement) ?? []
    if (level !== undefined) levels.set(database, level)
    const isFull = FULL.includes(levels.get(database) ?? 'full')
    if (/pragma\s+wal_checkpoint/.test(statement)) hasSynced = true
    if (isFull && /^\s*(commit|end|insert|update|delete|replace|create)/.test(statement)) {
      hasSynced ||= !database.isTransaction
    }
  }
  return hasSynced
}

let isWatching = false

/** Lets disks hear what SQLite runs; nothing changes for databases elsewhere. */
function watchDatabases(): void {
  if (isWatching) return
  isWatching = true
  const { close, exec, prepare } = DatabaseSync.prototype
  const owners = new WeakMap<StatementSync, DatabaseSync>()
  DatabaseSync.prototype.exec = function (sql) {
    exec.call(this, sql)
    SimulatedDisk.noteRun(this, sql)
  }
  DatabaseSync.prototype.close = function () {
    const path = this.location()
    close.call(this)
    if (path !== null) SimulatedDisk.noteSync(path)
  }
  DatabaseSync.prototype.prepare = function (...args: Parameters<typeof prepare>) {
    const statement = prepare.apply(this, args)
    owners.set(statement, this)
    return statement
  }
  for (const name of ['run', 'get', 'all'] as const) {
    const method = StatementSync.prototype[name] as (...values: unknown[]) => unknown
    const watched = function (this: StatementSync, ...values: unknown[]): unknown {
      const result = method.apply(this, values)
      const database = owners.get(this)
      if (database && !database.isTransaction) SimulatedDisk.noteRun(database, this.sourceSQL)
      return result
    }
    Object.assign(StatementSync.prototype, { [name]: watched })
  }
  const { fsyncSync } = fs
  fs.fsyncSync = (descriptor) => {
    fsyncSync(descriptor)
    SimulatedDisk.noteSync(undefined)
  }
  syncBuiltinESMExports()
}
