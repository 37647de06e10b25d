import { RealtimeError } from '@coterie/protocol'
import { outagePauseMs } from '../../core/retry-pause.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { RealtimeBackend } from '../../ports/realtime-backend.ts'

/** What hearing a channel takes. */
export interface HeardChannelParts {
  readonly channel: string
  readonly backend: RealtimeBackend
  readonly clock: Clock
  readonly logger: Logger
  readonly receive: (event: unknown) => void
  /** What has to be over before it begins. */
  readonly after: Promise<void> | undefined
}

/** One subscription to a channel of a backend, from its first attempt to its end. */
export class HeardChannel {
  /** Settles with the first attempt. @throws {RealtimeError} `unavailable` where it failed */
  readonly opened: Promise<void>
  readonly #parts: HeardChannelParts
  #failures = 0
  #cancelRetry: (() => void) | undefined
  /** Resolves when no attempt is under way. */
  #attempt: Promise<void>
  #id: string | undefined
  #hasEnded = false

  constructor(parts: HeardChannelParts) {
    this.#parts = parts
    this.opened = (parts.after ?? Promise.resolve()).then(() => this.#subscribe())
    this.#attempt = this.opened.catch(() => this.#retryLater())
  }

  /** Ends it; nothing is received from now on. Never rejects. */
  async end(): Promise<void> {
    this.#hasEnded = true
    this.#cancelRetry?.()
    await this.#attempt
    await this.#unsubscribe()
  }

  async #subscribe(): Promise<void> {
    if (this.#hasEnded) return
    const { backend, channel, logger, receive } = this.#parts
    try {
      this.#id = await backend.subscribe(channel, (event) => {
        if (!this.#hasEnded) receive(event)
      })
    } catch (cause) {
      logger.warn({ channel, error: cause }, 'the realtime backend delivers nothing from a channel')
      const message = 'the realtime backend does not deliver the channel'
      throw new RealtimeError('unavailable', message, { cause })
    }
  }

  async #unsubscribe(): Promise<void> {
    const { backend, channel, logger } = this.#parts
    if (this.#id === undefined) return
    try {
      await backend.unsubscribe(this.#id)
    } catch (error) {
      logger.warn({ channel, error }, 'the realtime backend did not end a subscription')
    }
  }

  #retryLater(): void {
    if (this.#hasEnded) return
    this.#failures += 1
    this.#cancelRetry = this.#parts.clock.setTimer(() => {
      this.#attempt = this.#subscribe().catch(() => this.#retryLater())
    }, outagePauseMs(this.#failures))
  }
}
