import {
  err,
  ok,
  type Position,
  patternMatches,
  type RecoveryFailure,
  type Result,
  refuse,
} from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type {
  Appended,
  AppendOptions,
  Changed,
  ChangeOptions,
  EngineListener,
  EventRecord,
  KeyChange,
  LogPage,
  MapSnapshot,
  NewEvent,
  ReadOptions,
} from '../../ports/engine.ts'
import type { Random } from '../../ports/random.ts'
import { DedupWindow } from '../dedup-window.ts'
import { deliveryOf, type EventPlace, exceeds, recordOf, takePage } from '../event-record.ts'
import { KeyExpiry } from '../key-expiry.ts'
import { OrderedFanout } from '../ordered-fanout.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryMap } from './memory-map.ts'

/** How long a leased key outlives its node, in ms. */
export const MEMORY_LEASE_MS = 15_000

const SWEEP_INTERVAL_MS = 60_000
/** An empty log or map is forgotten after this long without use, in ms. */
const IDLE_RETENTION_MS = 3_600_000

interface ChannelState {
  log: MemoryLog | undefined
  dedup: DedupWindow<Appended> | undefined
  readonly maps: Map<string, MemoryMap>
  usedAtMs: number
}

/** The shared state of a process's memory engines; it replaces a database server. */
export class MemoryBackplane {
  readonly #clock: Clock
  readonly #random: Random
  readonly #channels = new Map<string, ChannelState>()
  /** How many nodes have joined each channel or pattern. */
  readonly #joined = new Map<string, number>()
  readonly #fanout = new OrderedFanout()
  readonly #expiry: KeyExpiry
  readonly #epoch: string
  /** Events logged in all channels so far. */
  #sequence = 0
  /** The greatest sequence in logs that were deleted completely. */
  #forgottenSequence = 0
  #sweeping = false

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.#epoch = this.#newEpoch()
    this.#expiry = new KeyExpiry(clock, ({ channel, map, key }) => {
      this.#remove(channel, map, [key])
    })
  }

  attach(listener: EngineListener): void {
    this.#fanout.add(listener)
  }

  /** Removes a node; its leased entries live on for `MEMORY_LEASE_MS`. */
  detach(listener: EngineListener, node: string): void {
    this.#fanout.remove(listener)
    for (const [channel, { maps }] of this.#channels) {
      for (const [name, map] of maps) {
        for (const key of map.keysOwnedBy(node)) {
          this.#expiry.arm({ channel, map: name, key }, MEMORY_LEASE_MS)
        }
      }
    }
  }

  /** Keeps a channel's empty log and maps until as many `leave` calls. */
  join(channel: string): void {
    this.#joined.set(channel, (this.#joined.get(channel) ?? 0) + 1)
  }

  /** Undoes one `join`. */
  leave(channel: string): void {
    const nodes = this.#joined.get(channel) ?? 0
    if (nodes > 1) this.#joined.set(channel, nodes - 1)
    else this.#joined.delete(channel)
  }

  append(channel: string, event: NewEvent, options: AppendOptions): Appended {
    const { history, dedup, holds } = options
    const nowMs = this.#clock.elapsed()
    if (dedup) {
      const first = this.#channels.get(channel)?.dedup?.find(dedup.sender, dedup.messageId, nowMs)
      if (first) return { ...first, duplicate: true }
    }

    const record =
      deliveryOf(options) === 'logged' && history
        ? this.#log(channel).append(
            (position) => recordOf(channel, event, options, this.#place(position)),
            { history, holds },
            nowMs,
          )
        : recordOf(channel, event, options, null)
    const result: Appended = { id: record.id, position: record.position, duplicate: false }
    if (dedup) {
      const state = this.#state(channel)
      state.dedup ??= new DedupWindow()
      state.dedup.remember(dedup.sender, dedup.messageId, result, nowMs)
    }
    this.#fanout.event(record)
    return result
  }

  release(channel: string, { epoch, offset }: Position): void {
    const log = this.#channels.get(channel)?.log
    if (log?.epoch === epoch) log.release(offset, this.#clock.elapsed())
  }

  read(channel: string, options: ReadOptions): Result<LogPage, RecoveryFailure> {
    return this.#log(channel).read(options, this.#clock.elapsed())
  }

  /** Reads the logs of all channels of a pattern as one log. */
  readPattern(pattern: string, options: ReadOptions): Result<LogPage, RecoveryFailure> {
    const { since, reverse, partial } = options
    const top = { epoch: this.#epoch, offset: this.#sequence }
    if (since && (since.epoch !== this.#epoch || since.offset > this.#sequence)) {
      return err('unknown_epoch')
    }
    const nowMs = this.#clock.elapsed()
    const after = since && !reverse ? since.offset : 0
    const before = since && reverse ? since.offset : Number.POSITIVE_INFINITY
    const isResume = since !== undefined && !reverse && !partial
    if (isResume && after < this.#forgottenSequence) return err('trimmed')
    const found: EventRecord[] = []
    for (const [channel, { log }] of this.#channels) {
      if (!log || !patternMatches(pattern, channel)) continue
      log.trim(nowMs)
      if (isResume && after < log.trimmedSequence) return err('trimmed')
      for (const record of log.after(after)) if (sequenceOf(record) < before) found.push(record)
    }
    found.sort((a, b) => (sequenceOf(a) - sequenceOf(b)) * (reverse ? -1 : 1))
    if (isResume && options.within && exceeds(found, options.within)) return err('too_many')
    const page = takePage(found, options)
    if (!partial) return ok({ ...page, top })
    return ok({ ...page, top, readTo: page.isEnd ? top : (page.events.at(-1)?.sequence ?? top) })
  }

  change(
    channel: string,
    name: string,
    changes: readonly KeyChange[],
    options: ChangeOptions,
    node: string,
  ): Result<Changed> {
    const { maps } = this.#state(channel)
    const map = maps.get(name) ?? new MemoryMap()
    maps.set(name, map)
    const { dedup, origin } = options
    const nowMs = this.#clock.elapsed()
    const first = dedup && map.dedup.find(dedup.sender, dedup.messageId, nowMs)
    if (first !== undefined) return ok({ version: first, duplicate: true })
    if (options.ifVersion !== undefined && options.ifVersion !== map.version) {
      return refuse('conflict', `the version is ${map.version}`, {
        details: { version: map.version },
      })
    }
    const effective = map.apply(changes, options.leased ? node : undefined)
    for (const { key } of effective) this.#expiry.arm({ channel, map: name, key }, options.ttlMs)
    const { version } = map
    if (dedup) map.dedup.remember(dedup.sender, dedup.messageId, version, nowMs)
    if (effective.length > 0) {
      this.#fanout.change({
        channel,
        map: name,
        changes: effective,
        version,
        ...(origin !== undefined && { origin }),
      })
    }
    return ok({ version, duplicate: false })
  }

  entries(channel: string, name: string): MapSnapshot {
    const map = this.#channels.get(channel)?.maps.get(name)
    return map?.snapshot() ?? { entries: new Map(), version: 0 }
  }

  #log(channel: string): MemoryLog {
    const state = this.#state(channel)
    state.log ??= new MemoryLog(this.#newEpoch())
    return state.log
  }

  #place(position: Position): EventPlace {
    this.#sequence += 1
    return { position, sequence: { epoch: this.#epoch, offset: this.#sequence } }
  }

  #newEpoch(): string {
    return Buffer.from(this.#random.bytes(9)).toString('base64url')
  }

  #state(channel: string): ChannelState {
    let state = this.#channels.get(channel)
    if (!state) {
      state = { log: undefined, dedup: undefined, maps: new Map(), usedAtMs: 0 }
      this.#channels.set(channel, state)
      this.#scheduleSweep()
    }
    state.usedAtMs = this.#clock.elapsed()
    return state
  }

  #remove(channel: string, name: string, keys: readonly string[]): void {
    const changes = keys.map((key) => ({ key, value: null }))
    this.change(channel, name, changes, {}, '')
  }

  #scheduleSweep(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#clock.setTimer(() => {
      this.#sweeping = false
      this.#sweep()
      if (this.#channels.size > 0) this.#scheduleSweep()
    }, SWEEP_INTERVAL_MS)
  }

  // A deleted log gets a new epoch, so that no position is ever used twice.
  #sweep(): void {
    const nowMs = this.#clock.elapsed()
    for (const [channel, state] of this.#channels) {
      state.log?.trim(nowMs)
      state.dedup?.trim(nowMs)
      const isIdle = nowMs - state.usedAtMs >= IDLE_RETENTION_MS
      const isEmpty =
        (state.log?.isEmpty ?? true) &&
        (state.dedup?.isEmpty ?? true) &&
        [...state.maps.values()].every((map) => map.isEmpty)
      const isNothing = !state.log && state.maps.size === 0
      if (isEmpty && (isNothing || (isIdle && !this.#joined.has(channel)))) {
        this.#channels.delete(channel)
        const trimmed = state.log?.trimmedSequence ?? 0
        this.#forgottenSequence = Math.max(this.#forgottenSequence, trimmed)
      }
    }
  }
}

function sequenceOf(record: EventRecord): number {
  return record.sequence?.offset ?? 0
}
