import type { SubscriptionId } from '@coterie/protocol'
import { DueTimer } from '../../core/due-timer.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { SubscriptionRepository } from '../../ports/subscription-repository.ts'

/** Subscriptions that one sweep ends at a time. */
const BATCH = 1_000

/** The parts of the hub that expiry needs. */
export interface SubscriptionExpiryParts {
  readonly repository: SubscriptionRepository
  readonly clock: Clock
  readonly logger: Logger
  readonly onExpired: (ids: readonly SubscriptionId[]) => Promise<void>
}

/** Ends subscriptions whose time is over, with one timer for the next of them. */
export class SubscriptionExpiry {
  readonly #parts: SubscriptionExpiryParts
  readonly #timer: DueTimer

  constructor(parts: SubscriptionExpiryParts) {
    this.#parts = parts
    this.#timer = new DueTimer({
      clock: parts.clock,
      logger: parts.logger,
      run: () => this.#sweep(),
      failure: 'expired subscriptions could not be ended; trying again',
    })
  }

  /** Ends subscriptions that expired before the start, and continues from there. */
  start(): void {
    this.#timer.wake()
  }

  /** Notes that a subscription ends at a wall time in ms. */
  expect(dueMs: number): void {
    this.#timer.expect(dueMs)
  }

  /** Ends no further subscription; resolves when no sweep is under way. Idempotent. */
  stop(): Promise<void> {
    return this.#timer.stop()
  }

  async #sweep(): Promise<number | undefined> {
    const { repository, clock, onExpired } = this.#parts
    let count = BATCH
    while (count === BATCH && !this.#timer.isStopped) {
      const ids = await repository.expireDue(clock.now(), BATCH)
      await onExpired(ids)
      count = ids.length
    }
    return this.#timer.isStopped ? undefined : repository.nextDueMs()
  }
}
