import { RealtimeError } from '@coterie/protocol'
import { LRUCache } from 'lru-cache'
import { checksumOf } from './checksum.ts'
import type { LogStatements } from './log-statements.ts'
import type { Meta } from './meta.ts'
import { unbornEpoch } from './unborn-epoch.ts'

/** Logs cached in memory; beyond it, the cache is refilled from the file. */
const MAX_CACHED_LOGS = 20_000

/** The current state of a log. */
export interface LogHead {
  /** 0 before the first write, when the log has no row. */
  id: number
  readonly epoch: string
  top: number
  /** Events up to this offset have been deleted. */
  trimmedTo: number
  /** Events from this offset on are held beyond their retention; 0 for none. */
  held: number
}

/** The state of each log and of all logs together, cached in memory. */
export class LogHeads {
  readonly #statements: LogStatements
  readonly #meta: Meta
  readonly #sequenceEpoch: string
  /** Epochs that readers received for logs without a row. */
  // Limited by size: a maximum count would allocate memory in advance.
  readonly #unborn = new LRUCache<string, string>({
    maxSize: MAX_CACHED_LOGS,
    sizeCalculation: () => 1,
  })
  #heads = new Map<string, LogHead>()
  #sequence = 0
  #forgottenSequence = 0
  /** The number of all events when logs without a row got their current epochs. */
  #namedSequence = 0

  constructor(statements: LogStatements, meta: Meta, sequenceEpoch: string) {
    this.#statements = statements
    this.#meta = meta
    this.#sequenceEpoch = sequenceEpoch
    this.invalidate()
  }

  /** The sequence of the newest event. */
  get sequence(): number {
    return this.#sequence
  }

  /** The greatest sequence in logs that were deleted completely. */
  get forgottenSequence(): number {
    return this.#forgottenSequence
  }

  /** Returns the sequence of the next event. */
  nextSequence(): number {
    this.#sequence += 1
    return this.#sequence
  }

  /** Reads everything again after the file was rolled back to an earlier state. */
  invalidate(): void {
    this.#heads = new Map()
    const newest = Number(this.#statements.readSequence.get()?.newest)
    this.#forgottenSequence = Number(this.#meta.get('forgotten') ?? 0)
    this.#sequence = Math.max(newest, this.#forgottenSequence)
    this.#namedSequence = Number(this.#meta.get('named') ?? 0)
  }

  /** Finds a log, or creates one in memory: reading writes nothing. */
  find(channel: string): LogHead {
    const cached = this.#heads.get(channel)
    if (cached) return cached
    const row = this.#statements.findLog.get(channel) as
      | { id: number; epoch: string; top: number; held: number; checksum: number }
      | undefined
    if (row && checksumOf(row.id, channel, row.epoch, row.top) !== row.checksum) {
      throw new RealtimeError('unavailable', `the log of ${channel} is damaged in the database`)
    }
    const epoch = row?.epoch ?? this.#nameUnborn(channel)
    const { id = 0, top = 0, held = 0 } = row ?? {}
    const head = { id, epoch, top, trimmedTo: 0, held }
    if (this.#heads.size >= MAX_CACHED_LOGS) this.#heads.clear()
    this.#heads.set(channel, head)
    return head
  }

  /** Finds a log for writing, and adds its row if it has none. */
  findOrInsert(channel: string, nowMs: number): LogHead {
    const head = this.find(channel)
    if (head.id > 0) return head
    head.id = Number(this.#statements.insertLog.get(channel, head.epoch, nowMs)?.id)
    return head
  }

  /** Removes logs whose rows were deleted; each gets a new epoch. */
  forget(logs: readonly { readonly channel: string; readonly trimmed: number }[]): void {
    if (logs.length === 0) return
    for (const { channel } of logs) this.#unborn.delete(channel)
    const trimmed = logs.map((log) => log.trimmed)
    const forgotten = trimmed.reduce((a, b) => Math.max(a, b), this.#forgottenSequence)
    this.#meta.set('forgotten', forgotten)
    if (forgotten > this.#namedSequence) this.#meta.set('named', this.#sequence)
    this.invalidate()
  }

  // The epoch of a log without a row stays valid until such a log could have been deleted.
  #nameUnborn(channel: string): string {
    const epoch =
      this.#unborn.get(channel) ?? unbornEpoch(this.#sequenceEpoch, this.#namedSequence, channel)
    this.#unborn.set(channel, epoch)
    return epoch
  }
}
