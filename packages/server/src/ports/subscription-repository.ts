import type { JsonValue, Result, SubscriptionId, UserId } from '@coterie/protocol'
import type { IdempotencyKey } from './idempotency-key.ts'

/** What a stored subscription is interested in. */
export type SubscriptionType = 'resource' | 'resource_type' | 'topic' | 'query'

/** Whether a stored subscription routes events; only `active` does. */
export type SubscriptionStatus = 'active' | 'paused' | 'expired' | 'inactive'

/** An object of JSON. */
export type JsonObject = { readonly [key: string]: JsonValue }

/** What a user's token said when they stored an interest. */
export interface ProvenRights {
  readonly tenant: string | null
  /** True where a grant covered all that the interest is for. */
  readonly isGranted: boolean
}

/** A user's stored interest in what happens. */
export interface StoredSubscription {
  readonly id: SubscriptionId
  readonly userId: UserId
  readonly type: SubscriptionType
  readonly status: SubscriptionStatus
  /** Wall time in ms since 1970. */
  readonly createdAtMs: number
  readonly updatedAtMs: number
  /** Wall time in ms from which it routes nothing; null for never. */
  readonly expiresAtMs: number | null
  readonly resourceId: string | null
  readonly resourceType: string | null
  /** A channel name or pattern. */
  readonly topic: string | null
  readonly query: JsonObject | null
  readonly payloadFilter: JsonObject | null
  readonly labels: readonly string[]
  readonly metadata: JsonObject
  /** True where the application itself made it, and so vouches for the user's right to it. */
  readonly isVouched: boolean
  /** What its user was known to have when it was stored; undefined for one of earlier releases. */
  readonly proven?: ProvenRights | undefined
}

/** Which subscriptions of a user to list, newest first. */
export interface SubscriptionQuery {
  readonly userId: UserId
  /** As of now: one past its time is `expired`. */
  readonly status?: SubscriptionStatus | undefined
  readonly type?: SubscriptionType | undefined
  readonly label?: string | undefined
  readonly limit: number
  /** Skips so many: what `page` becomes. Excludes `before`. */
  readonly offset?: number | undefined
  /** Lists only those made before this one. */
  readonly before?: SubscriptionId | undefined
}

/** What became of a create. */
export interface CreatedSubscription {
  readonly subscription: StoredSubscription
  /** True when the idempotency key was used before: nothing was stored. */
  readonly isDuplicate: boolean
}

/** What may be changed in a stored subscription. */
export interface SubscriptionChange {
  readonly status?: SubscriptionStatus | undefined
  readonly labels?: readonly string[] | undefined
  readonly updatedAtMs: number
}

/**
 * Keeps what users are interested in. Every method is one atomic step.
 *
 * @throws {RealtimeError} from every method: `unavailable` when the store cannot be reached
 */
export interface SubscriptionRepository {
  /**
   * Stores a subscription. Refused with `conflict` where the idempotency key
   * was used for something else, or for one that is deleted; with
   * `limit_exceeded` where the user has `maxPerUser` already (expired ones not
   * counted); and with what `admit` refuses, which is asked in the same step
   * once it is known that nothing was made with the key.
   */
  create(
    subscription: StoredSubscription,
    options: {
      readonly maxPerUser: number
      readonly idempotencyKey?: IdempotencyKey | undefined
      /** Says whether it may be stored. May be called again where the step is. */
      readonly admit?: (() => Result<unknown>) | undefined
    },
  ): Promise<Result<CreatedSubscription>>

  find(id: SubscriptionId): Promise<StoredSubscription | undefined>

  list(query: SubscriptionQuery, nowMs: number): Promise<readonly StoredSubscription[]>

  /**
   * Changes a subscription; nobody else changes it meanwhile.
   *
   * @param decide returns what to change, undefined to leave it as it is, or why it may not be
   * changed; may be called again where it got into the way of another change
   * @returns the subscription as it is now, or the refusal; undefined when there is none
   */
  change(
    id: SubscriptionId,
    decide: (stored: StoredSubscription) => Result<SubscriptionChange | undefined>,
  ): Promise<Result<StoredSubscription> | undefined>

  /** Deletes a subscription; false when there is none. */
  delete(id: SubscriptionId): Promise<boolean>

  /**
   * Reads all active ones that are not past their time, in pages by id.
   *
   * @param after the last id of the page before; undefined for the first page
   */
  active(
    after: SubscriptionId | undefined,
    limit: number,
    nowMs: number,
  ): Promise<readonly StoredSubscription[]>

  /** Makes active and paused ones expired that are past their time; returns which, at most `limit`. */
  expireDue(nowMs: number, limit: number): Promise<readonly SubscriptionId[]>

  /** Returns the next wall time in ms at which one expires; undefined for none. */
  nextDueMs(): Promise<number | undefined>
}
