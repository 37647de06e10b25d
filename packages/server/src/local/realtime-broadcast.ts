import { canonicalChannel, isChannelName, type Jsonable, RealtimeError } from '@coterie/protocol'
import { COUNT, checkFields, FLAG, MESSAGES, oneOf } from './check-fields.ts'
import { jsonTextOf } from './json-text.ts'
import { DEFAULT_BUFFER_SIZE, Subscriber } from './subscriber.ts'

const DEFAULT_DEDUP_WINDOW = 1_000

/** The values of `BackpressurePolicy`, by their names. */
export const BackpressurePolicy = {
  /** Sending returns 0. A subscriber that is too slow misses the oldest messages. */
  DropOldest: 'DropOldest',
  /** Sending throws. */
  Error: 'Error',
} as const
/** What a broadcast does with a message that nobody subscribed to. */
export type BackpressurePolicy = (typeof BackpressurePolicy)[keyof typeof BackpressurePolicy]

/** How a broadcast channel behaves. */
export interface BroadcastConfig {
  /** Messages that wait for each subscriber at most. @default 256 */
  readonly bufferSize?: number
  /** @default 'DropOldest' */
  readonly policy?: BackpressurePolicy
  /** True skips messages whose id was sent before. @default false */
  readonly dedupEnabled?: boolean
  /** Ids that are remembered. @default 1_000 */
  readonly dedupWindow?: number
}

/** Statistics of broadcasts. */
export interface BroadcastStats {
  /** Messages that were accepted. */
  readonly totalSent: number
  /** Messages that subscribers missed because they were too slow. */
  readonly totalDropped: number
  /** Messages that were skipped because their id was sent before. */
  readonly totalDeduped: number
  readonly channelCount: number
}

interface Broadcast {
  readonly config: Required<BroadcastConfig>
  readonly subscribers: Set<Subscriber>
  readonly sentIds: Set<string>
  sent: number
  deduped: number
  /** Messages missed by subscribers that are gone. */
  droppedBefore: number
}

/**
 * Sends text to the subscribers of the moment; each has a bounded queue.
 *
 * @example
 * ```ts
 * const broadcast = new RealtimeBroadcast()
 * broadcast.create('alerts', { dedupEnabled: true })
 * const subscriber = broadcast.subscribe('alerts')
 * broadcast.send('alerts', 'CPU high', 'alert-1')
 * ```
 */
export class RealtimeBroadcast {
  readonly #broadcasts = new Map<string, Broadcast>()
  #lastClient = 0

  /**
   * Makes a channel; false when it is there already.
   *
   * @throws {RealtimeError} `invalid_channel`; `invalid_payload` for a bad option, naming it
   */
  create(given: string, config: BroadcastConfig = {}): boolean {
    const name = canonicalChannel(given)
    if (!isChannelName(name))
      throw new RealtimeError('invalid_channel', `not a channel name: ${name}`)
    const resolved = resolveBroadcast(config)
    if (this.#broadcasts.has(name)) return false
    this.#broadcasts.set(name, {
      config: resolved,
      subscribers: new Set(),
      sentIds: new Set(),
      sent: 0,
      deduped: 0,
      droppedBefore: 0,
    })
    return true
  }

  /** Removes a channel and ends its subscribers; false when it is not there. */
  remove(given: string): boolean {
    const name = canonicalChannel(given)
    const broadcast = this.#broadcasts.get(name)
    if (!broadcast) return false
    this.#broadcasts.delete(name)
    for (const subscriber of [...broadcast.subscribers]) subscriber.end('the channel was removed')
    return true
  }

  /** Begins to listen. @throws {RealtimeError} `unknown_channel` */
  subscribe(name: string): Subscriber {
    const broadcast = this.#broadcast(name)
    this.#lastClient += 1
    const subscriber = new Subscriber({
      channelName: name,
      clientId: String(this.#lastClient),
      bufferSize: broadcast.config.bufferSize,
      onEnd: () => {
        broadcast.subscribers.delete(subscriber)
        broadcast.droppedBefore += subscriber.missedCount
      },
    })
    broadcast.subscribers.add(subscriber)
    return subscriber
  }

  /** Stops listening; false for one that does not listen. */
  unsubscribe(subscriber: Subscriber): boolean {
    const broadcast = this.#broadcasts.get(canonicalChannel(subscriber.channelName))
    if (!broadcast?.subscribers.has(subscriber)) return false
    subscriber.end('unsubscribed')
    return true
  }

  /**
   * Sends a message to all who listen and returns how many they are; 0 for a repeated id.
   *
   * @throws {RealtimeError} `unknown_channel`; `unavailable` where the policy is
   * `Error` and nobody listens
   */
  send(name: string, message: string, messageId?: string): number {
    const broadcast = this.#broadcast(name)
    const { config, subscribers, sentIds } = broadcast
    const dedupId = config.dedupEnabled ? messageId : undefined
    if (dedupId !== undefined && sentIds.has(dedupId)) {
      broadcast.deduped += 1
      return 0
    }
    if (subscribers.size === 0 && config.policy === BackpressurePolicy.Error) {
      throw new RealtimeError('unavailable', `nobody listens to ${name}`)
    }
    // Only what was accepted counts as sent: a refused message may be tried again.
    if (dedupId !== undefined) remember(sentIds, dedupId, config.dedupWindow)
    broadcast.sent += 1
    const listening = [...subscribers]
    for (const subscriber of listening) subscriber.push(message)
    return listening.length
  }

  /** Sends a value as JSON text. @throws as `send`, and `invalid_payload` for what JSON cannot carry */
  sendJson<const Given>(name: string, value: Jsonable<Given>, messageId?: string): number {
    return this.send(name, jsonTextOf(value), messageId)
  }

  /**
   * Sends a message to several channels and returns how many listened in each.
   *
   * All channels are looked up before the first is sent to.
   */
  sendMany(names: readonly string[], message: string, messageId?: string): Record<string, number> {
    for (const name of names) this.#broadcast(name)
    return Object.fromEntries(names.map((name) => [name, this.send(name, message, messageId)]))
  }

  /** Returns what is counted of a channel. @throws {RealtimeError} `unknown_channel` */
  stats(name: string): BroadcastStats {
    const { sent, deduped, droppedBefore, subscribers } = this.#broadcast(name)
    let totalDropped = droppedBefore
    for (const { missedCount } of subscribers) totalDropped += missedCount
    return { totalSent: sent, totalDropped, totalDeduped: deduped, channelCount: 1 }
  }

  /** Returns what is counted of all channels that are there. */
  globalStats(): BroadcastStats {
    const all = [...this.#broadcasts.keys()].map((name) => this.stats(name))
    const total = (read: (stats: BroadcastStats) => number): number =>
      all.reduce((sum, stats) => sum + read(stats), 0)
    return {
      totalSent: total(({ totalSent }) => totalSent),
      totalDropped: total(({ totalDropped }) => totalDropped),
      totalDeduped: total(({ totalDeduped }) => totalDeduped),
      channelCount: all.length,
    }
  }

  #broadcast(name: string): Broadcast {
    const broadcast = this.#broadcasts.get(canonicalChannel(name))
    if (broadcast) return broadcast
    throw new RealtimeError('unknown_channel', `no channel ${name}; create it first`)
  }
}

function resolveBroadcast(config: BroadcastConfig): Required<BroadcastConfig> {
  const {
    bufferSize = DEFAULT_BUFFER_SIZE,
    policy = BackpressurePolicy.DropOldest,
    dedupEnabled = false,
    dedupWindow = DEFAULT_DEDUP_WINDOW,
  } = config
  checkFields({ bufferSize }, MESSAGES)
  checkFields({ dedupWindow }, COUNT)
  checkFields({ policy }, oneOf(Object.values(BackpressurePolicy)))
  checkFields({ dedupEnabled }, FLAG)
  return { bufferSize, policy, dedupEnabled, dedupWindow }
}

function remember(ids: Set<string>, id: string, window: number): void {
  ids.add(id)
  if (ids.size <= window) return
  for (const oldest of ids) {
    ids.delete(oldest)
    return
  }
}
