import { hasWildcard, ok, type Position, RealtimeError, type Result } from '@coterie/protocol'
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
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import { cannotOpen, databaseFailed } from '../../sqlite/describe-file-failure.ts'
import { DedupWindow } from '../dedup-window.ts'
import { deliveryOf, recordOf } from '../event-record.ts'
import { KeyExpiry } from '../key-expiry.ts'
import { OrderedFanout } from '../ordered-fanout.ts'
import { EngineFile } from './engine-file.ts'
import { FileSweep } from './file-sweep.ts'
import { GroupCommit } from './group-commit.ts'
import { SqliteLogs } from './sqlite-logs.ts'
import { SqliteMaps } from './sqlite-maps.ts'

const LEASE_MS = 15_000
/** Rows examined in one step for expired data; more would block the event loop. */
const MAX_SWEPT_ROWS = 256
/** An empty log or map is forgotten after this long without use, in ms. */
const IDLE_RETENTION_MS = 3_600_000

/** Damaged events that are logged at most, each once. */
const MAX_NOTED = 1_000

/** The parts that the engine needs. */
export interface SqliteEngineParts {
  readonly path: string
  readonly durability: Durability
  readonly clock: Clock
  readonly random: Random
  /** Logs files that are damaged or may have lost events. */
  readonly logger: Logger
  /** Returns the id of the operating system's boot. */
  readonly bootIdOf: () => string
}

/** Fan-out in memory; logs and maps in one file, committed together once a tick. */
export class SqliteEngine implements Engine {
  readonly capabilities = { durable: true, clustered: false, sequenced: true, leaseMs: LEASE_MS }
  readonly #parts: SqliteEngineParts
  readonly #clock: Clock
  readonly #fanout = new OrderedFanout()
  readonly #dedups = new Map<string, DedupWindow<Appended>>()
  readonly #expiry: KeyExpiry
  #opened: Opened | undefined

  constructor(parts: SqliteEngineParts) {
    this.#parts = parts
    this.#clock = parts.clock
    this.#expiry = new KeyExpiry(this.#clock, ({ channel, map, key }) => {
      void this.change(channel, map, [{ key, value: null }], {}).catch(() => {
        // The file cannot be written at the moment; the key has expired anyway.
        this.#expiry.arm({ channel, map, key }, LEASE_MS)
      })
    })
  }

  async start(listener: EngineListener): Promise<void> {
    const { path, durability, random, logger, bootIdOf } = this.#parts
    // Wall time is read once: a clock that jumps must not expire a whole log.
    const wallOffsetMs = Math.round(this.#clock.now() - this.#clock.elapsed())
    const nowMs = (): number => Math.round(wallOffsetMs + this.#clock.elapsed())
    const newName = (): string => Buffer.from(random.bytes(9)).toString('base64url')
    const file = EngineFile.open({ path, durability, bootId: bootIdOf(), newName, logger })
    try {
      const opened = open(file, this.#clock, nowMs, logger)
      const sweep = new FileSweep({
        file,
        clock: this.#clock,
        steps: () => this.#sweepSteps(opened),
        rolledBack: () => opened.logs.invalidate(),
      })
      this.#opened = { ...opened, sweep }
      this.#recoverKeys()
    } catch (error) {
      this.#opened = undefined
      this.#expiry.clear()
      file.close()
      throw cannotOpen(path, error)
    }
    this.#fanout.add(listener)
    this.#opened.sweep.start()
  }

  append(channel: string, event: NewEvent, options: AppendOptions): Promise<Appended> {
    const { file, logs, commit } = this.#open()
    const { history } = options
    if (!history || deliveryOf(options) !== 'logged') {
      const deliver = (): Appended => this.#appendUnlogged(channel, event, options)
      // Nothing overtakes earlier writes of the same publisher.
      return commit.isEmpty ? Promise.resolve(deliver()) : commit.add(() => deliver)
    }
    file.checkDamage()
    return commit.add(() => {
      const { result, record } = logs.append(channel, event, withHistory(options, history))
      return () => {
        if (record) this.#fanout.event(record)
        return result
      }
    })
  }

  release(channel: string, upTo: Position): Promise<void> {
    const { logs, commit } = this.#open()
    return commit.add(() => {
      logs.letGo(channel, upTo)
      return () => {}
    })
  }

  async read(...args: Parameters<Engine['read']>): ReturnType<Engine['read']> {
    return this.#read(({ logs }) => logs.read(...args))
  }

  async readPattern(...args: Parameters<Engine['readPattern']>): ReturnType<Engine['readPattern']> {
    return this.#read(({ logs }) => logs.readPattern(...args))
  }

  change(
    channel: string,
    map: string,
    changes: readonly KeyChange[],
    options: ChangeOptions,
  ): Promise<Result<Changed>> {
    const { file, maps, commit } = this.#open()
    file.checkDamage()
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
    return this.#read(({ maps }) => maps.entries(channel, map))
  }

  // One process receives all of its events: joining only keeps empty logs from being deleted.
  async join(pattern: string): Promise<void> {
    if (!hasWildcard(pattern)) this.#opened?.logs.hold(pattern)
  }

  async leave(pattern: string): Promise<void> {
    this.#opened?.logs.release(pattern)
  }

  async health(): Promise<void> {
    this.#read(({ file }) => file.checkHealth(Math.round(this.#clock.elapsed())))
  }

  async close(): Promise<void> {
    if (!this.#opened) return
    const { file, commit, sweep } = this.#opened
    commit.flush()
    this.#opened = undefined
    sweep.stop()
    this.#expiry.clear()
    file.close()
  }

  #open(): Opened {
    if (!this.#opened) throw new RealtimeError('unavailable', 'the SQLite engine is not open')
    return this.#opened
  }

  /** Reads, and checks whether a failure means that the file is damaged. */
  #read<T>(read: (opened: Opened) => T): T {
    const opened = this.#open()
    try {
      return read(opened)
    } catch (error) {
      opened.file.noteFailure(error)
      throw error instanceof RealtimeError ? error : databaseFailed('the database failed', error)
    }
  }

  // Unlogged events are lost with the process, so their dedup entries may be too.
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

  // The process that leased them has ended; its clients get a lease's time to come back.
  #recoverKeys(): void {
    const { maps } = this.#open()
    for (const left of maps.leftBehind('leased')) this.#expiry.arm(left, LEASE_MS)
    for (const left of maps.leftBehind('expires')) this.#expiry.arm(left, 0)
  }

  *#sweepSteps({ logs, maps }: Omit<Opened, 'sweep'>): Generator<void> {
    const nowMs = this.#clock.elapsed()
    for (const [channel, dedup] of this.#dedups) {
      dedup.trim(nowMs)
      if (dedup.isEmpty) this.#dedups.delete(channel)
    }
    yield* logs.sweep(IDLE_RETENTION_MS, MAX_SWEPT_ROWS)
    yield* maps.sweep(IDLE_RETENTION_MS, MAX_SWEPT_ROWS, (channel) => logs.isHeld(channel))
  }
}

interface Opened {
  readonly file: EngineFile
  readonly logs: SqliteLogs
  readonly maps: SqliteMaps
  readonly commit: GroupCommit
  readonly sweep: FileSweep
}

function withHistory(options: AppendOptions, history: HistoryPolicy) {
  return { ...options, history }
}

function open(file: EngineFile, clock: Clock, nowMs: () => number, logger: Logger) {
  const { database, meta, sequenceEpoch } = file
  const noted = new Set<string>()
  const logs = new SqliteLogs(database, {
    meta,
    sequenceEpoch,
    nowMs,
    onDamage: (channel, offset) => {
      // Repeated reads must not fill the log.
      const event = `${channel} ${offset}`
      if (noted.has(event) || noted.size >= MAX_NOTED) return
      noted.add(event)
      logger.error(
        { channel, offset },
        'an event is damaged in the database; readers get a gap in its place',
      )
    },
    onFailure: (error) => file.noteFailure(error),
  })
  const maps = new SqliteMaps(database, nowMs)
  const commit = new GroupCommit(database, clock, {
    beforeCommit: () => file.beforeCommit(),
    committed: () => file.committed(),
    rolledBack: (cause) => {
      file.noteFailure(cause)
      file.rolledBack()
      logs.invalidate()
    },
  })
  return { file, logs, maps, commit }
}
