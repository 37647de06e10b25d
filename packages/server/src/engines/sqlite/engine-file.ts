import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError } from '@coterie/protocol'
import type { Durability } from '../../ports/durability.ts'
import type { Logger } from '../../ports/logger.ts'
import { cannotOpen, isDamage } from '../../sqlite/describe-file-failure.ts'
import { FileWatch, identifyFile } from '../../sqlite/file-identity.ts'
import { IN_MEMORY, openExclusive, SYNCHRONOUS } from '../../sqlite/open-exclusive.ts'
import { digestFile, type FileDigest } from './file-digest.ts'
import { findLoss, LOSSES } from './find-loss.ts'
import { Meta } from './meta.ts'
import { markPath, type Run, RunMark, readRun } from './run-mark.ts'
import { addChecksumFunction, checkOwner, migrateSchema, WITH_CHECKSUMS } from './schema.ts'
import { verifyFile, verifyPages } from './verify-file.ts'

/** The parameters of opening a file. */
export interface EngineFileOptions {
  readonly path: string
  readonly durability: Durability
  /** The id of the operating system's current boot. */
  readonly bootId: string
  /** Makes a random name of 12 characters. */
  readonly newName: () => string
  readonly logger: Logger
}

/** The open database of the engine, and the state of its file. */
export class EngineFile {
  readonly database: DatabaseSync
  readonly meta: Meta
  /** The id of the current order of all events; it changes after a loss. */
  readonly sequenceEpoch: string
  readonly #path: string
  readonly #mark: RunMark | undefined
  readonly #watch: FileWatch
  readonly #descriptor: number | undefined
  readonly #synchronous: string
  readonly #logger: Logger
  #commits: number
  #syncedAtMs = Number.NEGATIVE_INFINITY
  #damage: RealtimeError | undefined

  /** @throws {RealtimeError} `unavailable`, naming the file and the remedy */
  static open(options: EngineFileOptions): EngineFile {
    const { path, durability } = options
    const lastRun = path === IN_MEMORY ? undefined : readRun(path)
    if (path !== IN_MEMORY) refuseMissing(path)
    // Read before opening: closing another descriptor would release the database's lock.
    const lastEnd = lastRun?.end && !existsSync(`${path}-wal`) ? digestOf(path) : undefined
    const database = openExclusive(path, durability, checkOwner)
    // Stays open as long as the database: closing it would release the lock.
    const descriptor = path === IN_MEMORY ? undefined : openSync(path, 'r')
    try {
      return new EngineFile(database, descriptor, options, lastRun, lastEnd)
    } catch (error) {
      database.close()
      if (descriptor !== undefined) closeSync(descriptor)
      throw cannotOpen(path, error)
    }
  }

  private constructor(
    database: DatabaseSync,
    descriptor: number | undefined,
    { path, durability, bootId, newName, logger }: EngineFileOptions,
    lastRun: Run | undefined,
    lastEnd: FileDigest | undefined,
  ) {
    this.#path = path
    this.#logger = logger
    this.#synchronous = SYNCHRONOUS[durability]
    this.database = database
    this.#descriptor = descriptor
    addChecksumFunction(database)
    const version = checkOwner(database)
    if (version === 0 && lastRun) throw missing(path, 'it has no tables')
    if (version > 0) this.#verify(lastRun, lastEnd, version, logger)
    // Whatever the durability: this run's mark is on the disk before the first acknowledgement.
    database.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE')
    migrateSchema(database, version)
    this.meta = new Meta(database)
    const { meta } = this
    const loss =
      version === 0 ? undefined : findLoss({ path, meta, durability, bootId, lastRun, version })
    if (loss !== undefined) {
      logger.warn({ path, reason: loss }, `${path}: ${LOSSES[loss]}; all logs begin a new epoch`)
      // Each log has an epoch of its own, which tells which log a position belongs to.
      const epoch = newName()
      database
        .prepare(
          `UPDATE logs SET epoch = ?1 || '_' || id,
             checksum = checksum(id, channel, ?1 || '_' || id, top)`,
        )
        .run(epoch)
      // The sender of a repeated message learns the message's current position.
      const own = `?1 || '_' || coalesce((SELECT id FROM logs WHERE logs.channel = dedup.channel), 0)`
      database
        .prepare(
          `UPDATE dedup SET epoch = ${own}, checksum =
             checksum(channel, sender, message_id, event_id, ${own}, "offset", expires_at)`,
        )
        .run(epoch)
      meta.set('sequence_epoch', newName())
    }
    this.sequenceEpoch = meta.get('sequence_epoch') ?? newName()
    const file = meta.get('file') ?? newName()
    this.#commits = Number(meta.get('commits') ?? 0)
    this.#mark =
      path === IN_MEMORY ? undefined : new RunMark(path, { file, commits: this.#commits })
    meta.set('sequence_epoch', this.sequenceEpoch)
    meta.set('file', file)
    meta.set('commits', this.#commits)
    meta.set('identity', this.#identity())
    meta.set('boot_id', bootId)
    meta.set('ended', 'running')
    database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
    this.#mark?.publish()
    this.#vacuumByAndBy(logger)
    database.exec(`PRAGMA synchronous = ${this.#synchronous}`)
    this.#watch = new FileWatch(path === IN_MEMORY ? [] : [path, `${path}-wal`])
  }

  /** Checks before a commit that the file is still in its place. */
  beforeCommit(): void {
    this.check()
    this.#commits += 1
    this.meta.set('commits', this.#commits)
  }

  /** Counts a commit that is about to be acknowledged. */
  committed(): void {
    this.#mark?.note(this.#commits)
  }

  /** Restores the state from the database after a transaction was rolled back. */
  rolledBack(): void {
    if (this.#damage) return
    this.#commits = Number(this.meta.get('commits') ?? 0)
  }

  /** @throws {RealtimeError} `unavailable` when writing is not possible */
  check(): void {
    this.checkDamage()
    this.#watch.check()
  }

  /** @throws {RealtimeError} `unavailable` after the database was found damaged */
  checkDamage(): void {
    if (this.#damage) throw this.#damage
  }

  /** Writes to the disk and checks the file's path. @throws {Error} when either fails */
  checkHealth(nowMs: number): void {
    this.check()
    this.#checkBytes()
    const mustSync = nowMs - this.#syncedAtMs >= SYNC_INTERVAL_MS
    if (mustSync) this.database.exec('PRAGMA synchronous = FULL')
    try {
      this.meta.set('health', nowMs)
      if (mustSync) this.#syncedAtMs = nowMs
    } finally {
      if (mustSync) this.database.exec(`PRAGMA synchronous = ${this.#synchronous}`)
    }
    this.#mark?.check()
  }

  /** Records a failure of the database; after damage, nothing is written any longer. */
  noteFailure(error: unknown): void {
    if (isDamage(error)) this.#found('the database is damaged', error)
  }

  // Clients see the error too, and need not know the path of the file.
  #found(message: string, error?: unknown): RealtimeError {
    if (this.#damage) return this.#damage
    this.#damage = new RealtimeError('unavailable', message, { cause: error })
    const path = this.#path
    const advice = 'the engine no longer writes; stop the server and restore a backup'
    this.#logger.error({ path, error }, `${path}: ${message}; ${advice}`)
    return this.#damage
  }

  /** Closes the file so that the next run finds it unchanged. */
  close(): void {
    const { database } = this
    let isIntact = false
    try {
      // `clean` must not reach the disk before the data that it vouches for.
      database.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)')
      this.check()
      this.meta.set('ended', 'clean')
      isIntact = true
    } catch {
      // The next run finds the file not clean, and checks it.
    }
    database.close()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    const end = isIntact && this.#mark ? digestOf(this.#path) : undefined
    this.#mark?.close(this.#commits, end)
  }

  // SQLite's cache does not show the state of the disk.
  #checkBytes(): void {
    if (this.#descriptor === undefined) return
    const head = Buffer.alloc(MAGIC.length)
    readSync(this.#descriptor, head, 0, MAGIC.length, 0)
    if (head.toString('latin1') !== MAGIC) {
      throw this.#found('the database was overwritten while it was open')
    }
    const { database } = this
    const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count)
    const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.page_size)
    const size = statSync(this.#path).size + statSync(`${this.#path}-wal`).size
    if (size >= pages * pageBytes) return
    throw this.#found('the database was cut while it was open')
  }

  #identity(): string {
    return this.#path === IN_MEMORY ? '' : `${identifyFile(this.#path)} ${this.#mark?.identity}`
  }

  #verify(
    lastRun: Run | undefined,
    end: FileDigest | undefined,
    version: number,
    logger: Logger,
  ): void {
    const expected = lastRun?.end
    if (expected && end?.bytes === expected.bytes && end.checksum === expected.checksum) return
    const isChanged = expected !== undefined
    if (version < WITH_CHECKSUMS) {
      verifyPages(this.database, 'quick')
      return
    }
    verifyFile(this.database, isChanged ? 'whole' : 'quick')
    if (!isChanged) return
    const path = this.#path
    logger.error(
      { path },
      `${path} was changed while no server ran; readers get gaps in place of damaged events`,
    )
  }

  // A file of an earlier release keeps its free pages until it is rewritten once.
  #vacuumByAndBy(logger: Logger): void {
    const { database } = this
    if (database.prepare('PRAGMA auto_vacuum').get()?.auto_vacuum === INCREMENTAL) return
    try {
      database.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`)
    } catch (error) {
      logger.warn(
        { path: this.#path, error },
        `${this.#path} cannot be rewritten, and does not shrink until the next start`,
      )
    }
  }
}

/** The first bytes of every SQLite file. */
const MAGIC = 'SQLite format 3\0'
/** Least time between syncs for readiness checks, in ms; anybody may request them. */
const SYNC_INTERVAL_MS = 1_000
const INCREMENTAL = 2

/** @throws {RealtimeError} `unavailable` when a mark exists without its database */
function refuseMissing(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if ((found && (found.size > 0 || !found.isFile())) || !existsSync(markPath(path))) return
  throw missing(path, found ? 'it is empty' : 'it is gone')
}

function missing(path: string, what: string): RealtimeError {
  return new RealtimeError(
    'unavailable',
    `cannot open ${path}: ${what}, though ${markPath(path)} tells of an earlier run; restore a backup (coterie restore), or move both files away to start afresh`,
  )
}

function digestOf(path: string): FileDigest | undefined {
  try {
    return digestFile(path)
  } catch {
    return undefined
  }
}
