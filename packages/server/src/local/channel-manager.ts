import {
  hasWildcard,
  isChannelName,
  isChannelPattern,
  type JsonValue,
  patternMatches,
  RealtimeError,
  TopicMatcher,
} from '@coterie/protocol'
import { DEFAULT_BUFFER_SIZE, Subscriber } from './subscriber.ts'

/** How a channel is made. */
export interface ChannelManagerOptions {
  /** Messages that wait for each subscriber at most. @default 256 */
  readonly defaultBufferSize?: number
}

/** What one channel is made with. */
export interface CreateChannelOptions {
  /** Messages that wait for each of its subscribers at most. */
  readonly bufferSize?: number | undefined
  /** Anything that is to be kept with the channel. */
  readonly metadata?: JsonValue | undefined
}

/** What is counted of one channel. */
export interface ChannelStats {
  /** Clients that a message reaches now, by name or pattern. */
  readonly subscriberCount: number
  /** Messages published since the channel was made. */
  readonly totalMessages: number
}

interface LocalChannel<Message> {
  readonly bufferSize: number
  readonly metadata: JsonValue | undefined
  readonly subscribers: Map<string, Subscriber<Message>>
  totalMessages: number
}

/**
 * Named channels within a process, with a queue for each subscriber.
 *
 * Channels have to be created first; a pattern hears all that match, those
 * created later too. A client hears each message once, however many of its
 * subscriptions match.
 *
 * @example
 * ```ts
 * const manager = new ChannelManager()
 * manager.createChannel('chat:general')
 * const subscriber = manager.subscribe('chat:*', 'ada')
 * manager.publish('chat:general', 'Hello!')
 * subscriber.tryReceive() // 'Hello!'
 * ```
 */
export class ChannelManager<Message = string> {
  readonly #defaultBufferSize: number
  readonly #channels = new Map<string, LocalChannel<Message>>()
  readonly #patterns = new TopicMatcher<Subscriber<Message>>()
  readonly #byPattern = new Map<string, Map<string, Subscriber<Message>>>()

  constructor({ defaultBufferSize = DEFAULT_BUFFER_SIZE }: ChannelManagerOptions = {}) {
    this.#defaultBufferSize = defaultBufferSize
  }

  /**
   * Makes a channel; false when it is there already.
   *
   * @throws {RealtimeError} `invalid_channel`
   */
  createChannel(name: string, options: CreateChannelOptions = {}): boolean {
    if (!isChannelName(name)) throw new RealtimeError('invalid_channel', `no channel name: ${name}`)
    if (this.#channels.has(name)) return false
    this.#channels.set(name, {
      bufferSize: options.bufferSize ?? this.#defaultBufferSize,
      metadata: options.metadata,
      subscribers: new Map(),
      totalMessages: 0,
    })
    return true
  }

  /** Removes a channel and ends its subscribers; false when it is not there. */
  removeChannel(name: string): boolean {
    const channel = this.#channels.get(name)
    if (!channel) return false
    this.#channels.delete(name)
    for (const subscriber of [...channel.subscribers.values()]) {
      subscriber.end('the channel was removed')
    }
    return true
  }

  hasChannel(name: string): boolean {
    return this.#channels.has(name)
  }

  /** Returns the names of all channels, in the order in which they were made. */
  listChannels(): string[] {
    return [...this.#channels.keys()]
  }

  /** Returns what was kept with a channel. @throws {RealtimeError} `unknown_channel` */
  getMetadata(name: string): JsonValue | undefined {
    return this.#channel(name).metadata
  }

  /** Returns the clients that a message reaches. @throws {RealtimeError} `unknown_channel` */
  getSubscribers(name: string): string[] {
    return [...this.#audience(name, this.#channel(name)).keys()]
  }

  /**
   * Subscribes a client to a channel or pattern; twice returns the same subscriber.
   *
   * @throws {RealtimeError} `unknown_channel` or `invalid_channel`
   */
  subscribe(channel: string, clientId: string): Subscriber<Message> {
    if (hasWildcard(channel)) return this.#subscribePattern(channel, clientId)
    const { subscribers, bufferSize } = this.#channel(channel)
    const earlier = subscribers.get(clientId)
    if (earlier) return earlier
    const subscriber = new Subscriber<Message>({ channelName: channel, clientId, bufferSize })
    subscribers.set(clientId, subscriber)
    return subscriber
  }

  /** Ends a client's subscription; false when there is none. */
  unsubscribe(channel: string, clientId: string): boolean {
    const subscribers = hasWildcard(channel)
      ? this.#byPattern.get(channel)
      : this.#channels.get(channel)?.subscribers
    const subscriber = subscribers?.get(clientId)
    if (!subscriber) return false
    subscribers?.delete(clientId)
    if (hasWildcard(channel)) {
      this.#patterns.unsubscribe(channel, subscriber)
      if (subscribers?.size === 0) this.#byPattern.delete(channel)
    }
    subscriber.end('unsubscribed')
    return true
  }

  /**
   * Calls back for each message until the signal aborts or the channel is removed.
   *
   * @throws {RealtimeError} `unknown_channel` or `invalid_channel`
   */
  async subscribeAsync(
    channel: string,
    clientId: string,
    callback: (message: Message) => void | Promise<void>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    if (signal?.aborted) return
    const subscriber = this.subscribe(channel, clientId)
    const stop = (): void => {
      this.unsubscribe(channel, clientId)
    }
    signal?.addEventListener('abort', stop, { once: true })
    try {
      for await (const message of subscriber) {
        if (signal?.aborted) return
        await callback(message)
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      stop()
    }
  }

  /** Publishes to a channel; returns how many clients it reached. @throws {RealtimeError} `unknown_channel` */
  publish(name: string, message: Message): number {
    const channel = this.#channel(name)
    channel.totalMessages += 1
    const audience = this.#audience(name, channel)
    // A callback may subscribe or leave meanwhile, so the audience is as it was.
    for (const subscriber of audience.values()) subscriber.push(message)
    return audience.size
  }

  /** Publishes to all channels that a pattern matches; returns how many deliveries that were. */
  publishToTopic(pattern: string, message: Message): number {
    if (!isChannelPattern(pattern)) {
      throw new RealtimeError('invalid_channel', `no channel name or pattern: ${pattern}`)
    }
    let total = 0
    for (const name of this.listChannels()) {
      if (this.#channels.has(name) && patternMatches(pattern, name)) {
        total += this.publish(name, message)
      }
    }
    return total
  }

  /** Publishes a value as JSON text, for channels that carry text. */
  publishJson(this: ChannelManager<string>, name: string, value: JsonValue): number {
    return this.publish(name, JSON.stringify(value))
  }

  /** Returns what is counted of a channel. @throws {RealtimeError} `unknown_channel` */
  getStats(name: string): ChannelStats {
    const channel = this.#channel(name)
    const subscriberCount = this.#audience(name, channel).size
    return { subscriberCount, totalMessages: channel.totalMessages }
  }

  #subscribePattern(pattern: string, clientId: string): Subscriber<Message> {
    if (!isChannelPattern(pattern)) {
      throw new RealtimeError(
        'invalid_channel',
        `no pattern: ${pattern}; * is one whole segment, # the last`,
      )
    }
    const subscribers = this.#byPattern.get(pattern) ?? new Map<string, Subscriber<Message>>()
    this.#byPattern.set(pattern, subscribers)
    const earlier = subscribers.get(clientId)
    if (earlier) return earlier
    const subscriber = new Subscriber<Message>({
      channelName: pattern,
      clientId,
      bufferSize: this.#defaultBufferSize,
    })
    subscribers.set(clientId, subscriber)
    this.#patterns.subscribe(pattern, subscriber)
    return subscriber
  }

  // By name goes before by pattern, and of patterns the most specific.
  #audience(
    name: string,
    { subscribers }: LocalChannel<Message>,
  ): ReadonlyMap<string, Subscriber<Message>> {
    const audience = new Map(subscribers)
    for (const subscriber of this.#patterns.matchTopic(name)) {
      if (!audience.has(subscriber.clientId)) audience.set(subscriber.clientId, subscriber)
    }
    return audience
  }

  #channel(name: string): LocalChannel<Message> {
    const channel = this.#channels.get(name)
    if (channel) return channel
    throw new RealtimeError('unknown_channel', `no channel ${name}; create it first`)
  }
}
