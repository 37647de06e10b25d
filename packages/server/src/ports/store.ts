import type { DeliveryRepository } from './delivery-repository.ts'
import type { NotificationRepository } from './notification-repository.ts'
import type { PreferenceRepository } from './preference-repository.ts'
import type { SubscriptionRepository } from './subscription-repository.ts'
import type { TriggerRepository } from './trigger-repository.ts'

/** Keeps what has to be found again by what it is: durable and queryable. Passes `storeConformance`. */
export interface Store {
  readonly notifications: NotificationRepository
  readonly deliveries: DeliveryRepository
  readonly subscriptions: SubscriptionRepository
  readonly preferences: PreferenceRepository
  readonly triggers: TriggerRepository

  /**
   * Opens the store and brings its tables up to date. Called once, before
   * anything else. Several processes may do so at once: one migrates, the
   * others wait for it. A migration that fails leaves everything as it was.
   *
   * @throws {RealtimeError} `unavailable`, naming the migration that failed, or
   * saying that the tables are of a newer release
   */
  start(): Promise<void>

  /** Forgets idempotency keys that ended before a wall time in ms. */
  forgetKeys(nowMs: number): Promise<void>

  /** Resolves when the store can serve. @throws {RealtimeError} `unavailable` when it cannot. */
  health(): Promise<void>

  /** Finishes what was begun and lets go of all resources. Repeating it changes nothing. */
  close(): Promise<void>
}
