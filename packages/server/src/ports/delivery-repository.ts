import type { NotificationId, NotificationRoute, UserId } from '@coterie/protocol'
import type { NotificationContent } from './notification-repository.ts'

/** How far a delivery has come: `dead` when it was given up. */
export type DeliveryStatus = 'waiting' | 'done' | 'dead' | 'canceled'

/** A job of sending one notification to one user by a route outside of the hub. */
export interface StoredDelivery {
  /** Larger is newer. */
  readonly id: number
  readonly notificationId: NotificationId
  readonly userId: UserId
  readonly route: Exclude<NotificationRoute, 'in-app'>
  /** An address of e-mail, or a URL. */
  readonly target: string
  readonly status: DeliveryStatus
  /** Attempts made, failed or not. */
  readonly attempts: number
  /** Wall time in ms of the next attempt. */
  readonly dueAtMs: number
  readonly createdAtMs: number
  /** Why the last attempt failed; null when none did. */
  readonly lastError: string | null
}

/** A delivery that this process is to make now, and what it says. */
export interface ClaimedDelivery extends StoredDelivery {
  readonly notification: NotificationContent
}

/** Which deliveries to list, newest first. */
export interface DeliveryQuery {
  readonly status?: DeliveryStatus | undefined
  readonly route?: StoredDelivery['route'] | undefined
  readonly userId?: UserId | undefined
  readonly limit: number
  /** Lists only those with a smaller id. */
  readonly before?: number | undefined
}

/** What became of an attempt. */
export type DeliveryOutcome =
  | { readonly status: 'done' }
  | { readonly status: 'waiting'; readonly dueAtMs: number; readonly error: string }
  | { readonly status: 'dead'; readonly error: string }

/**
 * Keeps what is to be sent by e-mail and webhooks until it was, or was given
 * up. Every method is one atomic step.
 *
 * @throws {RealtimeError} from every method: `unavailable` when the store cannot be reached
 */
export interface DeliveryRepository {
  /**
   * Takes waiting deliveries that are due, earliest first. Nobody else gets
   * them for `leaseMs`; a process that dies with them loses none.
   */
  claim(nowMs: number, leaseMs: number, limit: number): Promise<readonly ClaimedDelivery[]>

  /** Notes how an attempt went, counts it, and ends the lease. */
  settle(id: number, outcome: DeliveryOutcome): Promise<void>

  list(query: DeliveryQuery): Promise<readonly StoredDelivery[]>

  find(id: number): Promise<StoredDelivery | undefined>

  /** Makes a dead delivery wait again, with no attempts counted; undefined when it is not dead. */
  revive(id: number, dueAtMs: number): Promise<StoredDelivery | undefined>

  /** Returns the next wall time in ms at which one is due or its lease ends; undefined for none. */
  nextDueMs(): Promise<number | undefined>
}
