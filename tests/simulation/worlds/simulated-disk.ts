import fs, { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { SeededRandom } from '@coterie/testing'
import { watchDatabases } from './watch-databases.ts'

/** Memory, where the system has a file system of it: syncing there costs nothing. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const WAL = '-wal'

/** What files hold, by their names. */
export type Files = ReadonlyMap<string, Buffer>

/**
 * A folder of SQLite files on a disk that may lose what was not synced.
 *
 * The files are real ones. What of them has reached the disk is known by what
 * SQLite does: in a write-ahead log it syncs with a checkpoint, with every
 * commit where `synchronous` is `FULL`, and otherwise not.
 */
export class SimulatedDisk {
  static readonly #known = new Map<string, SimulatedDisk>()
  readonly folder = mkdtempSync(join(PLACE, 'coterie-simulation-'))
  readonly #random: SeededRandom
  /** What is on the disk of databases and their write-ahead logs, by name. */
  #synced: Files = new Map()
  /** Databases that are on the disk as they are: they are read once something may differ. */
  readonly #unchanged = new Set<string>()
  /** What is on the disk of other files, by inode: they may be renamed. */
  readonly #syncedOthers = new Map<number, Buffer>()

  constructor(random: SeededRandom) {
    watchDatabases({
      onSynced: (path) => SimulatedDisk.#at(path)?.noteSynced(basename(path)),
      onUnsynced: (path) => SimulatedDisk.#at(path)?.noteUnsynced(basename(path)),
    })
    watchFiles((path) => SimulatedDisk.#at(path)?.noteFile(path))
    this.#random = random
    SimulatedDisk.#known.set(this.folder, this)
  }

  static #at(path: string): SimulatedDisk | undefined {
    return SimulatedDisk.#known.get(dirname(path))
  }

  /** Returns what all files hold at this moment: what the system keeps when a process dies. */
  copy(): Files {
    const names = readdirSync(this.folder).filter((name) => !name.endsWith('-shm'))
    return new Map(names.map((name) => [name, readFileSync(join(this.folder, name))]))
  }

  /**
   * Returns what is left of all files when the power goes: of what was not
   * synced nothing, or a part from the beginning.
   */
  copyAfterPowerCut(): Files {
    const { synced } = this
    const now = this.copy()
    const left = new Map<string, Buffer>()
    for (const [name, bytes] of now) {
      const main = name.endsWith(WAL) ? name.slice(0, -WAL.length) : name
      if (name !== main) left.set(name, this.#logAfterPowerCut(name, main, now, synced))
      else if (now.has(`${name}${WAL}`)) left.set(name, bytes)
      else left.set(name, this.#otherAfterPowerCut(name, bytes))
    }
    return left
  }

  /** Writes what files held into those that are there, as the system does that lived on. */
  write(files: Files, isSynced: boolean): void {
    for (const name of readdirSync(this.folder)) {
      if (!files.has(name)) rmSync(join(this.folder, name))
    }
    for (const [name, bytes] of files) fs.writeFileSync(join(this.folder, name), bytes)
    if (isSynced) this.forget(files)
  }

  /** Puts files of earlier in the place of those that are there, as an operator does. */
  restore(files: Files): void {
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name))
    this.write(files, true)
  }

  /** Changes some bytes of a file somewhere, as failing disks do. */
  flipBytes(name: string, count: number): void {
    const bytes = readFileSync(join(this.folder, name))
    const start = this.#random.below(Math.max(1, bytes.length - count))
    for (let index = start; index < Math.min(start + count, bytes.length); index += 1) {
      bytes[index] = (bytes[index] ?? 0) ^ (1 + this.#random.below(255))
    }
    fs.writeFileSync(join(this.folder, name), bytes)
  }

  /** What is on the disk now, to be put down again by `forget`. */
  get synced(): Files {
    for (const name of [...this.#unchanged]) this.noteUnsynced(name)
    return this.#synced
  }

  /** Takes back what was synced since, by a process that should have been dead. */
  forget(synced: Files): void {
    this.#unchanged.clear()
    this.#synced = synced
  }

  /** Removes everything. */
  remove(): void {
    SimulatedDisk.#known.delete(this.folder)
    rmSync(this.folder, { recursive: true, force: true })
  }

  #logAfterPowerCut(name: string, main: string, now: Files, synced: Files): Buffer {
    const bytes = now.get(name) ?? Buffer.alloc(0)
    const known = synced.get(main)
    // A checkpoint syncs both files, before and after.
    if (!known?.equals(now.get(main) ?? Buffer.alloc(0))) return bytes
    const before = synced.get(name) ?? Buffer.alloc(0)
    const isContinued = bytes.subarray(0, before.length).equals(before)
    const first = isContinued ? before.length : 0
    const more = this.#random.below(2) * this.#random.below(bytes.length - first + 1)
    return bytes.subarray(0, first + more)
  }

  #otherAfterPowerCut(name: string, bytes: Buffer): Buffer {
    const synced = this.#syncedOthers.get(statSync(join(this.folder, name)).ino)
    return synced && this.#random.below(2) === 0 ? synced : bytes
  }

  /** Notes that a database and its write-ahead log are on the disk as they are. */
  noteSynced(name: string): void {
    this.#unchanged.add(name)
  }

  /** Notes that a database may differ from now on from what is on the disk. */
  noteUnsynced(name: string): void {
    if (!this.#unchanged.delete(name)) return
    const synced = new Map(this.#synced)
    for (const each of [name, `${name}${WAL}`]) {
      const path = join(this.folder, each)
      if (existsSync(path)) synced.set(each, readFileSync(path))
      else synced.delete(each)
    }
    this.#synced = synced
  }

  /** Notes that any other file is. */
  noteFile(path: string): void {
    const { ino } = statSync(path)
    this.#syncedOthers.set(ino, readFileSync(path))
  }
}

let onFileSynced: ((path: string) => void) | undefined

/** Hears which files are synced by others than SQLite, where the system tells. */
function watchFiles(onSync: (path: string) => void): void {
  const isWatching = onFileSynced !== undefined
  onFileSynced = onSync
  if (isWatching) return
  const { fsyncSync } = fs
  fs.fsyncSync = (descriptor) => {
    fsyncSync(descriptor)
    const path = `/proc/self/fd/${descriptor}`
    if (!existsSync(path)) return
    const target = fs.readlinkSync(path)
    if (statSync(path).isFile()) onFileSynced?.(target)
  }
  syncBuiltinESMExports()
}
