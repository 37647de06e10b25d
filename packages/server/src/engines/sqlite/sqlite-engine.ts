import type { DatabaseSync } from 'node:sqlite'
import { ok, RealtimeError, type Result } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { Durability } from '../../ports/durability.ts'
import type {
  Appended,
  AppendOptions,
  Changed,
  ChangeOptions,
  Engine,
  EngineListener,
  HistoryPolicy,
  KeyChange,
  NewEvent,
} from '../../ports/engine.ts'
import type { Random } from '../../ports/random.ts'
import { systemClock } from '../../system-clock.ts'
import { systemRandom } from '../../system-random.ts'
import { DedupWindow } from '../dedup-window.ts'
import { deliveryOf, recordOf } from '../event-record.ts'
import { KeyExpiry } from '../key-expiry.ts'
import { OrderedFanout } from '../ordered-fanout.ts'
import { GroupCommit } from './group-commit.ts'
import { openDatabase, readBootId } from './open-database.ts'
import { SqliteLogs } from './sqlite-logs.ts'
import { SqliteMaps } from './sqlite-maps.ts'

const LEASE_MS = 15_000
const SWEEP_INTERVAL_MS = 60_000
/** An empty log or map is forgotten after this long without use, in ms. */
const IDLE_RETENTION_MS = 7 * 86_400_000

/** Options of the SQLite engine. */
export interface SqliteEngineOptions {
  /** The database file; its folder is made when it is missing. */
  readonly path: string
  /** @default 'normal' */
  readonly durability?: Durability
  readonly clock?: Clock
  readonly random?: Random
  /** Names the run of the operating system; a new one after an unclean end means a power cut. */
  readonly bootId?: string
}

/**
 * Makes the embedded engine: fan-out in memory, logs and maps in one file.
 *
 * What one tick brings is committed together before anybody hears of it, so a
 * restart keeps every position that was ever told.
 */
export function createSqliteEngine(options: SqliteEngineOptions): Engine {
  return new SqliteEngine(options)
}

class SqliteEngine implements Engine {
  readonly capabilities = { durable: true, clustered: false, sequenced: true, leaseMs: LEASE_MS }
  readonly #options: SqliteEngineOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #fanout = new OrderedFanout()
  readonly #dedups = new Map<string, DedupWindow<Appended>>()
  readonly #expiry: KeyExpiry
  #cancelSweep: (() => void) | undefined
  #opened: Opened | undefined

  constructor(options: SqliteEngineOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#expiry = new KeyExpiry(this.#clock, ({ channel, map, key }) => {
      void this.change(channel, map, [{ key, value: null }], {}).catch(() => {
        // The file cannot be written just now; the key's time is still over.
        this.#expiry.arm({ channel, map, key }, LEASE_MS)
      })
    })
  }

  async start(listener: EngineListener): Promise<void> {
    const { path, durability = 'normal', bootId = readBootId() } = this.#options
    const database = openDatabase(path, durability)
    // Wall time is read once: a clock that jumps must not expire a whole log.
    const wallOffsetMs = Math.round(this.#clock.now() - this.#clock.elapsed())
    const nowMs = (): number => Math.round(wallOffsetMs + this.#clock.elapsed())
    const newEpoch = (): string => Buffer.from(this.#random.bytes(9)).toString('base64url')
    const sequenceEpoch = readSequenceEpoch(database, durability, bootId, newEpoch)
    const logs = new SqliteLogs(database, sequenceEpoch, newEpoch, nowMs)
    const maps = new SqliteMaps(database, nowMs)
    const commit = new GroupCommit(database, this.#clock, () => logs.invalidate())
    this.#opened = { database, logs, maps, commit }
    this.#fanout.add(listener)
    this.#recoverKeys()
    this.#scheduleSweep()
  }

  append(channel: string, event: NewEvent, options: AppendOptions): Promise<Appended> {
    const { logs, commit } = this.#open()
    const { history } = options
    if (!history || deliveryOf(options) !== 'logged') {
      const deliver = (): Appended => this.#appendUnlogged(channel, event, options)
      // Nothing overtakes what the same publisher handed over before.
      return commit.isEmpty ? Promise.resolve(deliver()) : commit.add(() => deliver)
    }
    return commit.add(() => {
      const { result, record } = logs.append(channel, event, withHistory(options, history))
      return () => {
        if (record) this.#fanout.event(record)
        return result
      }
    })
  }

  async read(...args: Parameters<Engine['read']>): ReturnType<Engine['read']> {
    return guarded(() => this.#open().logs.read(...args))
  }

  async readPattern(...args: Parameters<Engine['readPattern']>): ReturnType<Engine['readPattern']> {
    return guarded(() => this.#open().logs.readPattern(...args))
  }

  change(
    channel: string,
    map: string,
    changes: readonly KeyChange[],
    options: ChangeOptions,
  ): Promise<Result<Changed>> {
    const { maps, commit } = this.#open()
    return commit.add(() => {
      const result = maps.change(channel, map, changes, options)
      return () => {
        if (!result.ok) return result
        const { version, duplicate, change } = result.value
        if (!duplicate) {
          for (const { key } of changes) this.#expiry.arm({ channel, map, key }, options.ttlMs)
        }
        if (change) this.#fanout.change(change)
        return ok({ version, duplicate })
      }
    })
  }

  async entries(channel: string, map: string): ReturnType<Engine['entries']> {
    return guarded(() => this.#open().maps.entries(channel, map))
  }

  // One process hears everything it appends, so interest needs no bookkeeping.
  async join(): Promise<void> {}
  async leave(): Promise<void> {}

  async health(): Promise<void> {
    const { database } = this.#open()
    guarded(() =>
      database.exec(`INSERT OR REPLACE INTO meta VALUES ('health', '${this.#clock.now()}')`),
    )
  }

  async close(): Promise<void> {
    if (!this.#opened) return
    const { database, commit } = this.#opened
    commit.flush()
    this.#opened = undefined
    this.#cancelSweep?.()
    this.#expiry.clear()
    database.exec(`INSERT OR REPLACE INTO meta VALUES ('ended', 'clean')`)
    database.close()
  }

  #open(): Opened {
    if (!this.#opened) throw new RealtimeError('unavailable', 'the SQLite engine is not open')
    return this.#opened
  }

  // An unlogged event is gone with the process, so its dedup may be too.
  #appendUnlogged(channel: string, event: NewEvent, options: AppendOptions): Appended {
    const { dedup } = options
    const nowMs = this.#clock.elapsed()
    const known = dedup && this.#dedups.get(channel)?.find(dedup.sender, dedup.messageId, nowMs)
    if (known) return { ...known, duplicate: true }
    const result: Appended = { id: event.id, position: null, duplicate: false }
    if (dedup) {
      const channelDedup = this.#dedups.get(channel) ?? new DedupWindow()
      this.#dedups.set(channel, channelDedup)
      channelDedup.remember(dedup.sender, dedup.messageId, result, nowMs)
    }
    this.#fanout.event(recordOf(channel, event, options, null))
    return result
  }

  // The process that leased them is gone; its clients get a lease's time to come back.
  #recoverKeys(): void {
    const { maps } = this.#open()
    for (const left of maps.leftBehind('leased')) this.#expiry.arm(left, LEASE_MS)
    for (const left of maps.leftBehind('expires')) this.#expiry.arm(left, 0)
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.#clock.setTimer(() => {
      const { database, logs, maps } = this.#open()
      const nowMs = this.#clock.elapsed()
      for (const [channel, dedup] of this.#dedups) {
        dedup.trim(nowMs)
        if (dedup.isEmpty) this.#dedups.delete(channel)
      }
      try {
        database.exec('BEGIN IMMEDIATE')
        logs.sweep(IDLE_RETENTION_MS)
        maps.sweep(IDLE_RETENTION_MS)
        database.exec('COMMIT')
      } catch {
        // A disk that is full now is swept next time.
        if (database.isTransaction) database.exec('ROLLBACK')
      }
      this.#scheduleSweep()
    }, SWEEP_INTERVAL_MS)
  }
}

interface Opened {
  readonly database: DatabaseSync
  readonly logs: SqliteLogs
  readonly maps: SqliteMaps
  readonly commit: GroupCommit
}

function withHistory(options: AppendOptions, history: HistoryPolicy) {
  return { ...options, history }
}

function guarded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RealtimeError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new RealtimeError('unavailable', `the database failed: ${reason}`, undefined, error)
  }
}

// Unless every commit waits for the disk, a power cut may take the last events,
// whose offsets would then be handed out again. New epochs tell every client.
function readSequenceEpoch(
  database: DatabaseSync,
  durability: Durability,
  bootId: string,
  newEpoch: () => string,
): string {
  const read = database.prepare('SELECT value FROM meta WHERE name = ?')
  const write = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  const earlierBootId = read.get('boot_id')?.value
  const endedCleanly = read.get('ended')?.value === 'clean'
  const mayHaveLost =
    durability !== 'full' &&
    earlierBootId !== undefined &&
    earlierBootId !== bootId &&
    !endedCleanly
  database.exec('BEGIN IMMEDIATE')
  if (mayHaveLost) database.prepare('UPDATE logs SET epoch = ?').run(newEpoch())
  const earlierEpoch = mayHaveLost ? undefined : read.get('sequence_epoch')?.value
  const sequenceEpoch = earlierEpoch === undefined ? newEpoch() : String(earlierEpoch)
  write.run('sequence_epoch', sequenceEpoch)
  write.run('boot_id', bootId)
  write.run('ended', 'running')
  database.exec('COMMIT')
  return sequenceEpoch
}
