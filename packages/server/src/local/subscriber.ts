/** What a subscriber is made of. */
export interface SubscriberOptions {
  /** The channel's name, or the pattern. */
  readonly channelName: string
  readonly clientId: string
  /** Messages that wait at most; past it the oldest is dropped. @default 256 */
  readonly bufferSize?: number
  /** Takes what a callback threw. @default rethrows it outside of the publisher's call */
  readonly reportError?: (error: unknown) => void
}

/** Messages that wait for a subscriber where nothing else is said. */
export const DEFAULT_BUFFER_SIZE = 256

/**
 * One bounded queue with several views: polled, drained, iterated, or called back.
 *
 * @example
 * ```ts
 * const subscriber = manager.subscribe('chat:general', 'ada')
 * for await (const message of subscriber) console.log(message)
 * ```
 */
export class Subscriber<Message = string> implements AsyncIterable<Message> {
  readonly channelName: string
  readonly clientId: string
  readonly #reportError: (error: unknown) => void
  readonly #ring: (Message | undefined)[]
  #first = 0
  #size = 0
  #received = 0
  #missed = 0
  #untoldMisses = 0
  #endReason: string | undefined
  #callback: ((message: Message) => void) | undefined
  #onMissed: ((count: number) => void) | undefined
  #waiting: ((result: IteratorResult<Message, undefined>) => void)[] = []

  constructor({ channelName, clientId, bufferSize, reportError }: SubscriberOptions) {
    this.channelName = channelName
    this.clientId = clientId
    this.#ring = new Array(Math.max(1, bufferSize ?? DEFAULT_BUFFER_SIZE))
    this.#reportError = reportError ?? reportUncaught
  }

  /** Messages that were handed out. */
  get receivedCount(): number {
    return this.#received
  }

  /** Messages that were dropped because too many waited. */
  get missedCount(): number {
    return this.#missed
  }

  /** Messages that wait. */
  get size(): number {
    return this.#size
  }

  /** Why nothing more will come; undefined while more may. */
  get endReason(): string | undefined {
    return this.#endReason
  }

  /** Takes a message in; of a full queue the oldest goes. */
  push(message: Message): void {
    if (this.#endReason !== undefined) return
    const next = this.#waiting.shift()
    if (next) {
      this.#received += 1
      next({ done: false, value: message })
    } else if (this.#callback) {
      this.#call(this.#callback, message)
    } else {
      this.#store(message)
    }
  }

  /** Returns the oldest message that waits, or null. */
  tryReceive(): Message | null {
    if (this.#size === 0) return null
    this.#tellMisses()
    const message = this.#ring[this.#first] as Message
    this.#ring[this.#first] = undefined
    this.#first = (this.#first + 1) % this.#ring.length
    this.#size -= 1
    this.#received += 1
    return message
  }

  /** Returns all messages that wait, oldest first. */
  drain(): Message[] {
    const messages: Message[] = []
    for (let count = this.#size; count > 0; count -= 1) messages.push(this.tryReceive() as Message)
    return messages
  }

  /**
   * Calls back for each message, first for those that wait. One that throws
   * does not stop the next.
   *
   * @returns ends it; what comes then waits again
   */
  onMessage(callback: (message: Message) => void): () => void {
    this.#callback = callback
    for (const message of this.drain()) {
      this.#received -= 1
      this.#call(callback, message)
    }
    return () => {
      if (this.#callback === callback) this.#callback = undefined
    }
  }

  /** Calls back with how many messages were dropped, before the next one is handed out. */
  onMissed(callback: (count: number) => void): void {
    this.#onMissed = callback
  }

  /** Ends the queue: what waits can still be taken, nothing more comes. Twice is once. */
  end(reason: string): void {
    if (this.#endReason !== undefined) return
    this.#endReason = reason
    this.#callback = undefined
    for (const next of this.#waiting.splice(0)) next({ done: true, value: undefined })
  }

  /** Hands out what waits, then what comes, until the queue has ended. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: () => this.#next(),
      return: async () => ({ done: true, value: undefined }),
    }
  }

  #next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#size > 0) {
      return Promise.resolve({ done: false, value: this.tryReceive() as Message })
    }
    if (this.#endReason !== undefined) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #store(message: Message): void {
    const { length } = this.#ring
    if (this.#size === length) {
      this.#ring[this.#first] = message
      this.#first = (this.#first + 1) % length
      this.#missed += 1
      this.#untoldMisses += 1
      return
    }
    this.#ring[(this.#first + this.#size) % length] = message
    this.#size += 1
  }

  #tellMisses(): void {
    const count = this.#untoldMisses
    if (count === 0) return
    this.#untoldMisses = 0
    this.#onMissed?.(count)
  }

  #call(callback: (message: Message) => void, message: Message): void {
    this.#received += 1
    try {
      callback(message)
    } catch (error) {
      this.#reportError(error)
    }
  }
}

function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
