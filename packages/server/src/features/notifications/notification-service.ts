import type {
  NotificationPriority,
  NotificationStatus,
  NotificationType,
  Result,
} from '@coterie/protocol'
import type { Page } from '../../core/page.ts'
import type { DeliveryQuery, StoredDelivery } from '../../ports/delivery-repository.ts'
import type { RecipientState } from '../../ports/notification-repository.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import type { Principal } from '../../ports/principal.ts'
import type { Notification } from './notification.ts'
import type { NotificationRequest } from './notification-request.ts'
import type { UpTo } from './read-up-to.ts'

/** Which notifications of a user to list, newest first. */
export interface NotificationListQuery {
  readonly userId: string
  readonly status?: NotificationStatus | undefined
  /** True lists those pending or delivered, false all others. */
  readonly isUnread?: boolean | undefined
  readonly type?: NotificationType | undefined
  readonly priority?: NotificationPriority | undefined
  /** Counts from 1. Costs more the further it is: `cursor` does not. @default 1 */
  readonly page?: number | undefined
  /** A number above 100 counts as 100. @default 20 */
  readonly pageSize?: number | undefined
  /** The `nextCursor` of the previous page. Excludes `page`. */
  readonly cursor?: string | undefined
  /** Whose part of each notification is shown. @default 'all' */
  readonly recipients?: 'all' | 'own' | undefined
}

/** Which recipients of a notification to list, in the order they were named. */
export interface RecipientListQuery {
  /** A number above 1,000 counts as 1,000. @default 100 */
  readonly pageSize?: number | undefined
  /** The `nextCursor` of the previous page. */
  readonly cursor?: string | undefined
}

/** Which notifications `markAllRead` marks as read. */
export interface MarkAllReadOptions {
  /** The last one, by its id or by its time (RFC 3339, ms since 1970, or a `Date`). @default all */
  readonly upTo?: UpTo | undefined
}

/** Notifies users: stored first, pushed to every device, never lost and never doubled. */
export interface NotificationService {
  /** Stores a notification and pushes it. Refused with `invalid_payload`, or `conflict` for a key used otherwise. */
  create(request: NotificationRequest): Promise<Result<Notification>>

  /** The same as `create`, by the name that goes with those of other services. */
  createNotification(request: NotificationRequest): Promise<Result<Notification>>

  /**
   * Finds a notification. With `userId` as that recipient sees it: one that is
   * not theirs is `not_found` like one that does not exist.
   */
  find(id: string, userId?: string): Promise<Result<Notification>>

  list(query: NotificationListQuery): Promise<Result<Page<Notification>>>

  /** Lists how far a notification has come for each recipient, page by page. */
  recipients(id: string, query?: RecipientListQuery): Promise<Result<Page<RecipientState>>>

  /** Counts what a user has not read. */
  unreadCount(userId: string): Promise<Result<number>>

  /**
   * Marks as read for a recipient, on all devices. Idempotent.
   *
   * @param shown whose part of it is returned. @default 'all'
   */
  markRead(id: string, userId: string, shown?: 'all' | 'own'): Promise<Result<Notification>>

  /**
   * Marks all as read for a user; returns how many were marked. With `upTo` what
   * came later stays unread: that of the user who asked, who has not seen it.
   */
  markAllRead(userId: string, options?: MarkAllReadOptions): Promise<Result<number>>

  /** Notes that notifications have reached a user, as a client's `ack` does. */
  acknowledge(userId: string, ids: readonly string[]): Promise<Result<void>>

  /** Takes a notification back from all who have not read it. Repeating it changes nothing. */
  cancel(id: string): Promise<Result<Notification>>

  /** Returns how a user wants to be notified; the defaults where they never said. */
  preferences(userId: string): Promise<Result<NotificationPreferences>>

  /**
   * Replaces how a user wants to be notified; what is left out is the default.
   *
   * @param principal the user, where it is the user who asks: then addresses have to be theirs
   */
  setPreferences(
    userId: string,
    preferences: Partial<NotificationPreferences>,
    principal?: Principal,
  ): Promise<Result<NotificationPreferences>>

  /**
   * Changes what is named of how a user wants to be notified; the rest stays.
   *
   * @param principal as for `setPreferences`
   */
  changePreferences(
    userId: string,
    preferences: Partial<NotificationPreferences>,
    principal?: Principal,
  ): Promise<Result<NotificationPreferences>>

  /** Lists what was, will be or could not be sent by e-mail and webhooks. */
  deliveries(query: Partial<DeliveryQuery>): Promise<Result<readonly StoredDelivery[]>>

  /** Sends a delivery again that was given up; refused with `conflict` where it was not. */
  retryDelivery(id: number): Promise<Result<StoredDelivery>>
}
