import type { SubscriptionId } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { SubscriptionRepository } from '../../ports/subscription-repository.ts'

/** Subscriptions that one sweep ends at a time. */
const BATCH = 1_000
/** The clock on the wall may be set: no wait for it is longer, in ms. */
const MAX_WAIT_MS = 60_000
/** How long to leave a store alone that cannot be reached, in ms. */
const RETRY_MS = 5_000

/** What expiry needs of the hub. */
export interface SubscriptionExpiryParts {
  readonly repository: SubscriptionRepository
  readonly clock: Clock
  readonly logger: Logger
  readonly onExpired: (ids: readonly SubscriptionId[]) => Promise<void>
}

/** Ends subscriptions whose time is over, with one timer for the next of them. */
export class SubscriptionExpiry {
  readonly #parts: SubscriptionExpiryParts
  #cancelTimer: (() => void) | undefined
  #dueMs = Number.POSITIVE_INFINITY
  #sweeping: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(parts: SubscriptionExpiryParts) {
    this.#parts = parts
  }

  /** Ends what became due while nobody looked, and goes on from there. */
  start(): void {
    this.#begin()
  }

  /** Notes that a subscription ends at a wall time in ms. */
  expect(dueMs: number): void {
    if (dueMs < this.#dueMs) this.#sleepUntil(dueMs)
  }

  /** Ends nothing more; resolves when no sweep is under way. Repeating it changes nothing. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer?.()
    await this.#sweeping
  }

  #sleepUntil(dueMs: number): void {
    if (this.#isStopped) return
    const { clock } = this.#parts
    this.#cancelTimer?.()
    this.#dueMs = dueMs
    const waitMs = Math.min(MAX_WAIT_MS, Math.max(0, dueMs - clock.now()))
    this.#cancelTimer = clock.setTimer(() => this.#wake(), waitMs)
  }

  #wake(): void {
    if (this.#dueMs > this.#parts.clock.now()) this.#sleepUntil(this.#dueMs)
    else this.#begin()
  }

  #begin(): void {
    this.#cancelTimer?.()
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#sweeping = this.#sweeping.then(() => this.#sweep())
  }

  async #sweep(): Promise<void> {
    const { repository, clock, logger, onExpired } = this.#parts
    if (this.#isStopped) return
    try {
      for (let left = true; left; ) {
        const ids = await repository.expireDue(clock.now(), BATCH)
        await onExpired(ids)
        left = ids.length === BATCH
      }
      const nextMs = await repository.nextDueMs()
      if (nextMs !== undefined) this.expect(nextMs)
    } catch (error) {
      logger.warn({ error }, 'subscriptions past their time could not be ended; again in a while')
      this.expect(clock.now() + RETRY_MS)
    }
  }
}
