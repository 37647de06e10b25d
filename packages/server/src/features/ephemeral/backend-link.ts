import { RealtimeError } from '@coterie/protocol'
import { settledWithin } from '../../core/settled-within.ts'
import { decodeEphemeralEvent, encodeEphemeralEvent } from '../../local/ephemeral-event.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { EphemeralEvent, RealtimeBackend } from '../../ports/realtime-backend.ts'
import { HeardChannel } from './heard-channel.ts'

/** How long the backend may take to end subscriptions before it is closed, in ms. */
const CLOSE_WAIT_MS = 1_000

/** What joining a backend takes. */
export interface BackendLinkParts {
  readonly backend: RealtimeBackend
  readonly clock: Clock
  readonly logger: Logger
  /** Takes what the backend brings. */
  readonly deliver: (channel: string, event: EphemeralEvent) => void
}

/** Joins this node to a backend of the application's own, by one subscription a channel. */
export class BackendLink {
  readonly #parts: BackendLinkParts
  readonly #heard = new Map<string, HeardChannel>()
  /** Subscriptions that are being ended, so that none begins before: a backend may count badly. */
  readonly #ending = new Map<string, Promise<void>>()
  #malformed = 0

  constructor(parts: BackendLinkParts) {
    this.#parts = parts
  }

  /** Events that came and could not be read; they were skipped. */
  get malformedCount(): number {
    return this.#malformed + (this.#parts.backend.malformedCount ?? 0)
  }

  /** Hands an event to the backend. @throws {RealtimeError} `unavailable` when it does not take it */
  async publish(channel: string, event: EphemeralEvent): Promise<void> {
    try {
      await this.#parts.backend.publish(channel, event)
    } catch (cause) {
      const message = 'the realtime backend did not take the event'
      throw new RealtimeError('unavailable', message, { cause })
    }
  }

  /**
   * Hears a channel until it is dropped. A backend that refuses is asked again,
   * later each time.
   *
   * @throws {RealtimeError} `unavailable` when it refused the first time
   */
  hear(channel: string): Promise<void> {
    let heard = this.#heard.get(channel)
    if (!heard) {
      const { backend, clock, logger } = this.#parts
      heard = new HeardChannel({
        channel,
        backend,
        clock,
        logger,
        receive: (event) => this.#receive(channel, event),
        after: this.#ending.get(channel),
      })
      this.#heard.set(channel, heard)
    }
    return heard.opened
  }

  /** Stops hearing a channel. Resolves when the backend knows; never rejects. Idempotent. */
  async drop(channel: string): Promise<void> {
    const heard = this.#heard.get(channel)
    if (!heard) return
    this.#heard.delete(channel)
    const ending = heard.end()
    this.#ending.set(channel, ending)
    await ending
    if (this.#ending.get(channel) === ending) this.#ending.delete(channel)
  }

  /** Ends all subscriptions, then the backend. */
  async close(): Promise<void> {
    const { backend, clock } = this.#parts
    const dropped = Promise.all([...this.#heard.keys()].map((channel) => this.drop(channel)))
    await settledWithin(clock, dropped, CLOSE_WAIT_MS)
    await backend.close()
  }

  #receive(channel: string, given: unknown): void {
    const event = readEvent(given)
    if (event) this.#parts.deliver(channel, event)
    else this.#malformed += 1
  }
}

// As text, so that only what JSON carries goes on to clients.
function readEvent(given: unknown): EphemeralEvent | undefined {
  try {
    return decodeEphemeralEvent(encodeEphemeralEvent(given as EphemeralEvent))
  } catch {
    return undefined
  }
}
