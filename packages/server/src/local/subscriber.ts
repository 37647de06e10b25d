import { checkFields, MESSAGES } from './check-fields.ts'
import { reportUncaught } from './report-uncaught.ts'
import { RingBuffer } from './ring-buffer.ts'

/** Messages that wait for a subscriber where nothing else is said. */
export const DEFAULT_BUFFER_SIZE = 256

/** What a subscriber is made of. */
export interface SubscriberOptions {
  /** The channel's name, or the pattern. */
  readonly channelName: string
  readonly clientId: string
  /** Messages that wait at most; past it the oldest is dropped. @default 256 */
  readonly bufferSize?: number | undefined
  /** Takes what a callback threw. @default throws it outside of the publisher's call */
  readonly reportError?: ((error: unknown) => void) | undefined
  /** Called once, when the subscriber ends. */
  readonly onEnd?: (() => void) | undefined
}

/** How long a callback is called. */
export interface CallbackOptions {
  /** Ends the calls; what comes then waits again. */
  readonly signal?: AbortSignal | undefined
}

type Waiting<Message> = (result: IteratorResult<Message, undefined>) => void

/**
 * One bounded queue with several views: polled, drained, iterated or called back.
 *
 * Each message is handed out once: to an iteration that waits, else to the
 * callback; else it stays in the queue.
 *
 * @example
 * ```ts
 * const subscriber = manager.subscribe('chat:general', 'ada')
 * for await (const message of subscriber) console.log(message)
 * ```
 */
export class Subscriber<Message = string> implements AsyncIterable<Message, undefined> {
  readonly channelName: string
  readonly clientId: string
  readonly #reportError: (error: unknown) => void
  readonly #onEnd: (() => void) | undefined
  readonly #queue: RingBuffer<Message>
  readonly #waiting = new Set<Waiting<Message>>()
  #received = 0
  #missed = 0
  #untoldMisses = 0
  #endReason: string | undefined
  #callback: ((message: Message) => void) | undefined
  #missedCallback: ((count: number) => void) | undefined
  #forgetSignal: (() => void) | undefined
  #isCallingBack = false

  /** @throws {RealtimeError} `invalid_payload` for a `bufferSize` that is no whole number from 1 */
  constructor({ channelName, clientId, bufferSize, reportError, onEnd }: SubscriberOptions) {
    this.channelName = channelName
    this.clientId = clientId
    this.#queue = new RingBuffer(checkBufferSize(bufferSize))
    this.#reportError = reportError ?? reportUncaught
    this.#onEnd = onEnd
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
    return this.#queue.size
  }

  /** True once nothing more will come. */
  get isEnded(): boolean {
    return this.#endReason !== undefined
  }

  /** Why nothing more will come; undefined while more may. */
  get endReason(): string | undefined {
    return this.#endReason
  }

  /** True while a callback takes what comes, so that `callBack` is due after `enqueue`. */
  get hasCallback(): boolean {
    return this.#callback !== undefined
  }

  /** Takes a message in; of a full queue the oldest goes. False once it has ended. */
  push(message: Message): boolean {
    const isTaken = this.enqueue(message)
    this.callBack()
    return isTaken
  }

  /**
   * Takes a message in as `push` does, and runs no callback: so that all
   * subscribers of a channel have it before one of them publishes the next.
   */
  enqueue(message: Message): boolean {
    if (this.isEnded) return false
    if (this.#queue.push(message)) {
      this.#missed += 1
      this.#untoldMisses += 1
    }
    if (this.#waiting.size > 0) this.#serveFirst()
    return true
  }

  /** Calls back for what waits, where there is a callback. */
  callBack(): void {
    // A callback that publishes to its own queue gets that after what came before.
    if (this.#isCallingBack) return
    this.#isCallingBack = true
    try {
      for (let callback = this.#callback; callback && this.size > 0; callback = this.#callback) {
        callback(this.#take())
      }
    } finally {
      this.#isCallingBack = false
    }
  }

  /** Returns the oldest message that waits, or null. */
  tryReceive(): Message | null {
    return this.#queue.size === 0 ? null : this.#take()
  }

  /** Returns all messages that wait, oldest first. */
  drain(): Message[] {
    const messages: Message[] = []
    for (let count = this.#queue.size; count > 0 && this.#queue.size > 0; count -= 1) {
      messages.push(this.#take())
    }
    return messages
  }

  /** Forgets what waits; it counts neither as received nor as missed. */
  discard(): void {
    this.#queue.clear()
    this.#untoldMisses = 0
  }

  /**
   * Calls back for each message, first for those that wait, in place of an
   * earlier callback. One that throws does not stop the next.
   *
   * @returns ends the calls, as the signal does; what comes then waits again
   */
  onMessage(callback: (message: Message) => void, { signal }: CallbackOptions = {}): () => void {
    if (signal?.aborted) return () => {}
    this.#forgetSignal?.()
    const guarded = (message: Message): void => this.#guard(() => callback(message))
    const stop = (): void => {
      signal?.removeEventListener('abort', stop)
      if (this.#callback === guarded) this.#callback = undefined
    }
    signal?.addEventListener('abort', stop, { once: true })
    this.#forgetSignal = () => signal?.removeEventListener('abort', stop)
    this.#callback = guarded
    this.callBack()
    return stop
  }

  /**
   * Calls back with how many messages were dropped, just before the next one
   * is handed out: the place of the gap, whichever view is used.
   *
   * @returns ends the calls
   */
  onMissed(callback: (count: number) => void): () => void {
    this.#missedCallback = callback
    return () => {
      if (this.#missedCallback === callback) this.#missedCallback = undefined
    }
  }

  /** Ends the queue: what waits can still be taken, nothing more comes. Repeating it changes nothing. */
  end(reason: string): void {
    if (this.isEnded) return
    this.#endReason = reason
    for (const resolve of this.#waiting) resolve({ done: true, value: undefined })
    this.#waiting.clear()
    this.#forgetSignal?.()
    this.#onEnd?.()
  }

  /**
   * Hands out what waits, then what comes, until the queue has ended. Leaving
   * the loop ends the iteration alone; what comes then waits again.
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    const pending = new Set<Waiting<Message>>()
    let isLeft = false
    return {
      next: () => {
        if (isLeft) return Promise.resolve({ done: true, value: undefined })
        return this.#next(pending)
      },
      return: async () => {
        isLeft = true
        for (const resolve of pending) {
          this.#waiting.delete(resolve)
          resolve({ done: true, value: undefined })
        }
        return { done: true, value: undefined }
      },
    }
  }

  #next(pending: Set<Waiting<Message>>): Promise<IteratorResult<Message, undefined>> {
    if (this.#queue.size > 0) return Promise.resolve({ done: false, value: this.#take() })
    if (this.isEnded) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      const settle: Waiting<Message> = (result) => {
        pending.delete(settle)
        resolve(result)
      }
      pending.add(settle)
      this.#waiting.add(settle)
    })
  }

  #serveFirst(): void {
    const [first] = this.#waiting
    if (!first) return
    this.#waiting.delete(first)
    first({ done: false, value: this.#take() })
  }

  #take(): Message {
    const message = this.#queue.shift() as Message
    const count = this.#untoldMisses
    this.#untoldMisses = 0
    if (count > 0) this.#guard(() => this.#missedCallback?.(count))
    this.#received += 1
    return message
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#reportError(error)
    }
  }
}

/**
 * Returns a buffer size, or the one where nothing is said.
 *
 * @throws {RealtimeError} `invalid_payload` for one that is no whole number from 1
 */
export function checkBufferSize(
  size: number = DEFAULT_BUFFER_SIZE,
  option: 'bufferSize' | 'defaultBufferSize' = 'bufferSize',
): number {
  checkFields({ [option]: size }, MESSAGES)
  return size
}
