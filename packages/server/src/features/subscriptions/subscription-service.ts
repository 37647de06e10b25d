import type { JsonObjectLike, Result } from '@coterie/protocol'
import type { Page } from '../../core/page.ts'
import type { Principal } from '../../ports/principal.ts'
import type { SubscriptionStatus, SubscriptionType } from '../../ports/subscription-repository.ts'
import type { Subscription } from './subscription.ts'
import type {
  QuerySubscriptionRequest,
  ResourceSubscriptionRequest,
  ResourceTypeSubscriptionRequest,
  TopicSubscriptionRequest,
} from './subscription-request.ts'

/** Which subscriptions of a user to list, newest first. */
export interface SubscriptionListQuery {
  readonly userId: string
  readonly status?: SubscriptionStatus | undefined
  readonly type?: SubscriptionType | undefined
  readonly label?: string | undefined
  /** Counts from 1. @default 1 */
  readonly page?: number | undefined
  /** A number above 100 counts as 100. @default 20 */
  readonly pageSize?: number | undefined
  /** The `nextCursor` of the previous page. Excludes `page`. */
  readonly cursor?: string | undefined
}

/** A part of a list of subscriptions. */
export type SubscriptionPage = Page<Subscription>

/** Something that happened to a resource of the application. */
export interface ResourceEvent {
  readonly resourceType: string
  readonly resourceId: string
  /** The kind of change, such as `update`. */
  readonly action: string
  readonly payload?: JsonObjectLike | undefined
  /** Becomes the event's id; the same again within 5 minutes is the same event. */
  readonly messageId?: string | undefined
  /** The author: named as the sender, and not notified by their own subscriptions. */
  readonly senderId?: string | undefined
  /** Users who are not notified of it, 10,000 at most. Live events reach them all the same. */
  readonly exclude?: readonly string[] | undefined
}

/** Whom an event reached. */
export interface Emitted {
  readonly id: string
  readonly duplicate: boolean
  /** Subscriptions that matched. */
  readonly matched: number
  /** Users for whom a notification was made. */
  readonly notified: number
}

/**
 * Stores who is interested in what, and routes events to them.
 *
 * Where a method takes a principal, it acts as that user: only on what is
 * theirs, and what is not theirs is `not_found` like what does not exist.
 * Without one it acts as the application, which may do everything.
 */
export interface SubscriptionService {
  createResourceSubscription(
    request: ResourceSubscriptionRequest,
    principal?: Principal,
  ): Promise<Result<Subscription>>
  createResourceTypeSubscription(
    request: ResourceTypeSubscriptionRequest,
    principal?: Principal,
  ): Promise<Result<Subscription>>
  createTopicSubscription(
    request: TopicSubscriptionRequest,
    principal?: Principal,
  ): Promise<Result<Subscription>>
  createQuerySubscription(
    request: QuerySubscriptionRequest,
    principal?: Principal,
  ): Promise<Result<Subscription>>

  find(id: string, principal?: Principal): Promise<Result<Subscription>>
  list(query: SubscriptionListQuery, principal?: Principal): Promise<Result<SubscriptionPage>>

  /** Pauses, resumes or ends a subscription; it takes effect at once. */
  updateStatus(
    id: string,
    status: SubscriptionStatus,
    principal?: Principal,
  ): Promise<Result<Subscription>>

  /** Adds a label; repeating it changes nothing. */
  addLabel(id: string, label: string, principal?: Principal): Promise<Result<Subscription>>

  delete(id: string, principal?: Principal): Promise<Result<void>>

  /** Routes something that happened to a resource to those who are interested. */
  emit(event: ResourceEvent): Promise<Result<Emitted>>
}
