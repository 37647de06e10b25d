import {
  canonicalChannel,
  hasWildcard,
  isChannelName,
  isChannelPattern,
  type Jsonable,
  type JsonLike,
  type JsonValue,
  patternMatches,
  RealtimeError,
} from '@coterie/protocol'
import { Audience, type Listener, type Receiver } from './audience.ts'
import { jsonTextOf } from './json-text.ts'
import { reportUncaught } from './report-uncaught.ts'
import { type CallbackOptions, checkBufferSize, Subscriber } from './subscriber.ts'

/** How a channel manager is made. */
export interface ChannelManagerOptions {
  /** Messages that wait for each subscriber at most. @default 256 */
  readonly defaultBufferSize?: number | undefined
  /** Takes what a callback threw. @default throws it outside of the publisher's call */
  readonly reportError?: ((error: unknown) => void) | undefined
}

/** What one channel is made with. */
export interface CreateChannelOptions {
  /** Messages that wait for each of its subscribers at most. */
  readonly bufferSize?: number | undefined
  /** Anything that is to be kept with the channel. */
  readonly metadata?: JsonLike | undefined
}

/** Statistics of one channel. */
export interface ChannelStats {
  /** Clients that a message reaches now, by name or pattern. */
  readonly subscriberCount: number
  /** Messages published since the channel was made. */
  readonly totalMessages: number
}

interface LocalChannel {
  readonly bufferSize: number
  readonly metadata: JsonValue | undefined
  totalMessages: number
}

interface LocalClient<Message> extends Receiver {
  readonly subscriptions: Map<string, Subscription<Message>>
}

interface Subscription<Message> extends Listener {
  readonly client: LocalClient<Message>
  readonly subscriber: Subscriber<Message>
}

/**
 * Named channels within a process, with a queue for each subscriber.
 *
 * Channels have to be created first; a pattern hears all that match, those
 * created later too. A client hears each message once, however many of its
 * subscriptions match: by name if it can, else by its most specific pattern.
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
  readonly #reportError: (error: unknown) => void
  readonly #channels = new Map<string, LocalChannel>()
  readonly #clients = new Map<string, LocalClient<Message>>()
  readonly #audience = new Audience<Subscription<Message>, LocalClient<Message>>(
    ({ client }) => client,
  )

  /**
   * @param options a number is the `defaultBufferSize`
   * @throws {RealtimeError} `invalid_payload` for a size that is no whole number from 1
   */
  constructor(options: ChannelManagerOptions | number = {}) {
    const { defaultBufferSize, reportError } =
      typeof options === 'number' ? { defaultBufferSize: options } : options
    this.#defaultBufferSize = checkBufferSize(defaultBufferSize, 'defaultBufferSize')
    this.#reportError = reportError ?? reportUncaught
  }

  /**
   * Makes a channel; false when it is there already.
   *
   * @throws {RealtimeError} `invalid_channel`; `invalid_payload` for a bad `bufferSize`
   */
  createChannel(given: string, options: CreateChannelOptions = {}): boolean {
    const { bufferSize = this.#defaultBufferSize, metadata } = options
    const name = canonicalChannel(given)
    checkChannelName(name)
    const checkedSize = checkBufferSize(bufferSize)
    if (this.#channels.has(name)) return false
    this.#channels.set(name, { bufferSize: checkedSize, metadata, totalMessages: 0 })
    return true
  }

  /** Removes a channel and ends its subscribers; false when it is not there. */
  removeChannel(given: string): boolean {
    const name = canonicalChannel(given)
    if (!this.#channels.delete(name)) return false
    for (const { subscriber } of [...this.#audience.members(name)]) {
      subscriber.end('the channel was removed')
    }
    return true
  }

  hasChannel(name: string): boolean {
    return this.#channels.has(canonicalChannel(name))
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
    return this.subscribersOf(name).map(({ clientId }) => clientId)
  }

  /**
   * Subscribes a client to a channel or pattern; twice returns the same subscriber.
   *
   * @throws {RealtimeError} `unknown_channel` or `invalid_channel`
   */
  subscribe(name: string, clientId: string): Subscriber<Message> {
    const channel = canonicalChannel(name)
    const bufferSize = this.#bufferSizeOf(channel)
    const earlier = this.#clients.get(clientId)
    const known = earlier?.subscriptions.get(channel)
    if (known) return known.subscriber
    const client = earlier ?? { lastDelivery: 0, subscriptions: new Map() }
    const subscriber = new Subscriber<Message>({
      channelName: channel,
      clientId,
      bufferSize,
      reportError: this.#reportError,
      onEnd: () => this.#forget(subscription),
    })
    const subscription: Subscription<Message> = { channel, client, subscriber }
    this.#clients.set(clientId, client)
    client.subscriptions.set(channel, subscription)
    this.#audience.add(subscription)
    return subscriber
  }

  /** Ends a client's subscription, and forgets what waits for it; false when there is none. */
  unsubscribe(channel: string, clientId: string): boolean {
    const subscription = this.#clients.get(clientId)?.subscriptions.get(canonicalChannel(channel))
    if (!subscription) return false
    subscription.subscriber.discard()
    subscription.subscriber.end('unsubscribed')
    return true
  }

  /**
   * Calls back for each message, one after the other, until the signal aborts
   * or the channel is removed. A callback that throws does not stop the next.
   *
   * @throws {RealtimeError} `unknown_channel` or `invalid_channel`
   */
  async subscribeAsync(
    channel: string,
    clientId: string,
    callback: (message: Message) => void | Promise<void>,
    { signal }: CallbackOptions = {},
  ): Promise<void> {
    if (signal?.aborted) return
    const subscriber = this.subscribe(channel, clientId)
    const stop = (): void => {
      subscriber.discard()
      subscriber.end('aborted')
    }
    signal?.addEventListener('abort', stop, { once: true })
    for await (const message of subscriber) {
      // Aborted after this message was handed out, and before it was called back with.
      if (signal?.aborted) break
      try {
        await callback(message)
      } catch (error) {
        this.#reportError(error)
      }
    }
    signal?.removeEventListener('abort', stop)
  }

  /**
   * Publishes to a channel; returns how many clients it reached.
   *
   * @throws {RealtimeError} `unknown_channel`
   */
  publish(name: string, message: Message): number {
    this.#channel(name).totalMessages += 1
    const called: Subscriber<Message>[] = []
    const reached = this.#audience.deliver(canonicalChannel(name), ({ subscriber }) => {
      if (subscriber.hasCallback) called.push(subscriber)
      return subscriber.enqueue(message)
    })
    for (const subscriber of called) subscriber.callBack()
    return reached
  }

  /**
   * Publishes a value as JSON text, for channels that carry text.
   *
   * @throws {RealtimeError} `unknown_channel`; `invalid_payload` for what JSON cannot carry
   */
  publishJson<const Given>(
    this: ChannelManager<string>,
    name: string,
    value: Jsonable<Given>,
  ): number {
    return this.publish(name, jsonTextOf(value))
  }

  /**
   * Publishes to all channels that a pattern matches. A pattern's subscriber
   * gets the message once, in however many of them it listens.
   *
   * @returns how many subscribers it reached
   * @throws {RealtimeError} `invalid_channel`
   */
  publishToTopic(given: string, message: Message): number {
    const reached = new Set<Subscriber<Message>>()
    for (const name of this.matching(given)) this.enqueueOnce(name, message, reached)
    for (const subscriber of reached) subscriber.callBack()
    return reached.size
  }

  /** Returns the channels that a pattern matches. @throws {RealtimeError} `invalid_channel` */
  protected matching(given: string): string[] {
    const pattern = canonicalChannel(given)
    checkPattern(pattern)
    return [...this.#channels.keys()].filter((name) => patternMatches(pattern, name))
  }

  /** Returns one subscriber for each client that a message reaches. @throws as `getSubscribers` */
  protected subscribersOf(name: string): Subscriber<Message>[] {
    this.#channel(name)
    const subscribers: Subscriber<Message>[] = []
    this.#audience.deliver(
      canonicalChannel(name),
      ({ subscriber }) => subscribers.push(subscriber) > 0,
    )
    return subscribers
  }

  /** Takes a message into the queues of those who have not got it yet, and notes who has. */
  protected enqueueOnce(name: string, message: Message, reached: Set<Subscriber<Message>>): void {
    this.#channel(name).totalMessages += 1
    this.#audience.deliver(canonicalChannel(name), ({ subscriber }) => {
      if (!reached.has(subscriber)) subscriber.enqueue(message)
      reached.add(subscriber)
      return true
    })
  }

  /** Returns what is counted of a channel. @throws {RealtimeError} `unknown_channel` */
  getStats(name: string): ChannelStats {
    const { totalMessages } = this.#channel(name)
    return { subscriberCount: this.#audience.count(canonicalChannel(name)), totalMessages }
  }

  #forget(subscription: Subscription<Message>): void {
    const { channel, client, subscriber } = subscription
    this.#audience.remove(subscription)
    client.subscriptions.delete(channel)
    if (client.subscriptions.size === 0) this.#clients.delete(subscriber.clientId)
  }

  #bufferSizeOf(channel: string): number {
    if (!hasWildcard(channel)) return this.#channel(channel).bufferSize
    checkPattern(channel)
    return this.#defaultBufferSize
  }

  #channel(given: string): LocalChannel {
    const name = canonicalChannel(given)
    const channel = this.#channels.get(name)
    if (channel) return channel
    checkChannelName(name)
    throw new RealtimeError('unknown_channel', `no channel ${name}; create it first`)
  }
}

/** Throws where a string names no channel. @throws {RealtimeError} `invalid_channel` */
export function checkChannelName(name: string): void {
  if (isChannelName(name)) return
  throw new RealtimeError(
    'invalid_channel',
    `not a channel name: ${name}; expected 1 to 200 characters: segments of letters, digits, _ . @ = - joined by :`,
  )
}

function checkPattern(pattern: string): void {
  if (isChannelPattern(pattern)) return
  throw new RealtimeError(
    'invalid_channel',
    `not a pattern: ${pattern}; * stands for one whole segment, # for the rest, at the end only`,
  )
}
