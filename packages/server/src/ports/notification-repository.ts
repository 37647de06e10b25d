import type {
  JsonValue,
  NotificationAction,
  NotificationId,
  NotificationPriority,
  NotificationRoute,
  NotificationStatus,
  NotificationType,
  Result,
  UserId,
} from '@coterie/protocol'
import type { IdempotencyKey } from './idempotency-key.ts'

/** What a notification says, the same for all recipients. */
export interface NotificationContent {
  readonly id: NotificationId
  readonly title: string
  readonly message: string
  readonly type: NotificationType
  readonly priority: NotificationPriority
  readonly senderId: UserId | null
  readonly resourceType: string | null
  readonly resourceId: string | null
  readonly actions: readonly NotificationAction[]
  readonly metadata: { readonly [key: string]: JsonValue }
  /** The routes asked for; null leaves them to each recipient's preferences. */
  readonly channels: readonly NotificationRoute[] | null
  /** True where other routes bring it also to those who have read it in the inbox. */
  readonly evenIfRead?: boolean | undefined
  /** Wall time in ms since 1970. */
  readonly createdAtMs: number
  /** Wall time in ms from which it is neither shown, pushed nor counted; null for never. */
  readonly expiresAtMs: number | null
}

/** How far a notification has come for one recipient. */
export interface RecipientState {
  readonly userId: UserId
  /** As of the moment of reading: one that is past its time is `expired`, swept or not. */
  readonly status: NotificationStatus
  readonly deliveredAtMs: number | null
  readonly readAtMs: number | null
  /** False where it goes to the recipient by other routes only: it is in no inbox and not counted. */
  readonly isInApp: boolean
  /** Not pushed before this wall time in ms; null for one that is held no longer, or never was. */
  readonly heldUntilMs: number | null
}

/** What is true of all recipients of a notification of whom only some were read. */
export interface RecipientOverview {
  /** How many there are. */
  readonly count: number
  /** How far it has come for any of them. */
  readonly statuses: readonly NotificationStatus[]
  /** When the first of them got it. */
  readonly deliveredAtMs: number | null
  /** Those who have read it, as many as are listed, in their order. */
  readonly readBy: readonly UserId[]
}

/** A stored notification with recipients: all, the one who asked, or the first and an overview. */
export interface StoredNotification extends NotificationContent {
  /** Where it stands among all notifications, by creation. Larger is newer; there are holes. */
  readonly sequence: number
  readonly recipients: readonly RecipientState[]
  /** Where there are more recipients than were to be listed. */
  readonly overview?: RecipientOverview | undefined
}

/** One recipient of a new notification. */
export interface NewRecipient {
  readonly userId: UserId
  readonly isInApp: boolean
  /** Not pushed before this wall time in ms; null for at once. In the inbox from the beginning. */
  readonly heldUntilMs: number | null
  /** By what else it is sent, as jobs for the routes. */
  readonly deliveries: readonly NewDelivery[]
}

/** A job of sending a notification to one recipient by a route outside of the hub. */
export interface NewDelivery {
  readonly route: Exclude<NotificationRoute, 'in-app'>
  /** Where to: an address of e-mail, or a URL. */
  readonly target: string
  /** Not before this wall time in ms. */
  readonly dueAtMs: number
}

/** A notification that is to be stored. */
export interface NewNotification extends NotificationContent {
  /** Each user once; an empty list notifies nobody. */
  readonly recipients: readonly NewRecipient[]
  readonly idempotencyKey?: IdempotencyKey | undefined
  /** How many a recipient keeps in app; undefined for any number. */
  readonly maxPerUser?: number | undefined
}

/** What is to become of a notification that waits for a user. */
export interface NewPlan {
  /** Its routes as of now: a delivery that waits by another route is canceled. */
  readonly recipient: NewRecipient
  /** Why such a delivery is canceled; kept with it. */
  readonly reason: string
}

/**
 * Decides what is to become of a notification that waits for a user. May be
 * called several times for the same.
 *
 * @param waiting the routes by which it waits to be sent
 */
export type Planner = (
  content: NotificationContent,
  state: RecipientState,
  waiting: readonly NewDelivery['route'][],
) => NewPlan

/** Which part of what waits for a user to plan anew. */
export interface ReplanQuery {
  readonly nowMs: number
  /** Only those with a larger `sequence`. @default 0 */
  readonly after?: number | undefined
  readonly limit: number
  /** Only this one, whether it waits or not. */
  readonly id?: NotificationId | undefined
  /** Deliveries that the caller has claimed; what others have claimed keeps its time. */
  readonly claimed?: readonly number[] | undefined
}

/** What planning anew did. */
export interface Replanned {
  readonly count: number
  /** The `after` of the next part; undefined where nothing is left. */
  readonly next: number | undefined
}

/** What became of a create. */
export interface CreatedNotification {
  readonly id: NotificationId
  /** Where it stands among all notifications. */
  readonly sequence: number
  /** True when the idempotency key was used before: nothing was stored, the rest is of the first. */
  readonly isDuplicate: boolean
  /** What recipients have no more, because they have as many as they keep; undefined for nothing. */
  readonly removed?: readonly InboxEntry[]
}

/** Which notifications of a user to list, newest first. Those not in app are left out. */
export interface NotificationQuery {
  readonly userId: UserId
  readonly status?: NotificationStatus | undefined
  /** True lists those pending or delivered, false all others. */
  readonly isUnread?: boolean | undefined
  readonly type?: NotificationType | undefined
  readonly priority?: NotificationPriority | undefined
  readonly limit: number
  /** Skips so many: what `page` becomes. Excludes `before`. */
  readonly offset?: number | undefined
  /** Lists only those with a smaller `sequence`: paging that costs the same on every page. */
  readonly before?: number | undefined
  /** Whose state comes with each notification. */
  readonly recipients: 'all' | 'own'
  /**
   * With `all`: lists so many recipients of each notification at most, and the
   * user; then a page costs by what it shows. @default all of them
   */
  readonly listed?: number | undefined
}

/** A notification that one user has, or had, in the inbox. */
export interface InboxEntry {
  readonly userId: UserId
  readonly id: NotificationId
}

/** Up to where all is marked as read; with both ends, what either of them includes. */
export interface ReadUpTo {
  /** The last place among all. */
  readonly sequence?: number
  /** The last wall time in ms. */
  readonly createdAtMs?: number
}

/** What marking all as read did. */
export interface MarkedAllRead {
  readonly count: number
  /** Those that were marked; without an end the newest of them, at most 1,000. Newest first. */
  readonly ids: readonly NotificationId[]
}

/**
 * Keeps notifications, who is to get them, and how many each user has not read.
 *
 * Every method is one atomic step. Unread counts are kept beside the
 * notifications in the same step, so that reading one costs the same for ten
 * and for a million. Unread is: in app, pending or delivered, and not expired.
 *
 * @throws {RealtimeError} from every method: `unavailable` when the store cannot be reached;
 * the outcome of a change is then unknown
 */
export interface NotificationRepository {
  /**
   * Stores a notification, its recipients and their deliveries, and counts it
   * for each of them in app: all or nothing. Refused with `conflict` where the
   * idempotency key was used for something else, or for one that is deleted.
   *
   * Who has more than `maxPerUser` in app by then loses as many, at most 100 at
   * a time: what is read, expired or canceled first, then what is not, the
   * oldest first. A notification that nobody has any more is deleted, unless it
   * waits to be sent.
   */
  create(notification: NewNotification): Promise<Result<CreatedNotification>>

  /** Finds a notification; with `userId` only where that user is a recipient, with that one alone. */
  find(id: NotificationId, nowMs: number, userId?: UserId): Promise<StoredNotification | undefined>

  /** Finds a notification with at most so many recipients, and an overview where there are more. */
  overview(
    id: NotificationId,
    listed: number,
    nowMs: number,
  ): Promise<StoredNotification | undefined>

  /** Lists recipients in the order they were named; undefined when there is no such notification. */
  recipients(
    id: NotificationId,
    skip: number,
    limit: number,
    nowMs: number,
  ): Promise<readonly RecipientState[] | undefined>

  list(query: NotificationQuery, nowMs: number): Promise<readonly StoredNotification[]>

  /** Counts what a user has not read. */
  unreadCount(userId: UserId, nowMs: number): Promise<number>

  /**
   * Lists what is to be pushed to a user, oldest first: in app, pending, not
   * expired, and not held any more. With the state of that user alone.
   *
   * @param after only those with a larger `sequence`
   */
  pending(
    userId: UserId,
    after: number,
    limit: number,
    nowMs: number,
  ): Promise<readonly StoredNotification[]>

  /** Finds those of a user by their ids, oldest first. With the state of that user alone. */
  named(
    userId: UserId,
    ids: readonly NotificationId[],
    nowMs: number,
  ): Promise<readonly StoredNotification[]>

  /**
   * Makes those delivered for one recipient that are pending, or not in app and
   * failed; returns those it made so.
   */
  markDelivered(
    userId: UserId,
    ids: readonly NotificationId[],
    nowMs: number,
  ): Promise<readonly NotificationId[]>

  /** Makes pending or delivered, not expired ones read; returns those it made so. */
  markRead(
    userId: UserId,
    ids: readonly NotificationId[],
    nowMs: number,
  ): Promise<readonly NotificationId[]>

  /**
   * Makes all read that a user has not read.
   *
   * @param upTo where it ends, what is there included. @default all
   */
  markAllRead(userId: UserId, nowMs: number, upTo?: ReadUpTo): Promise<MarkedAllRead>

  /**
   * Makes a pending one failed for one recipient, unless one of its deliveries
   * waits or is done; false when it did not.
   */
  markFailed(userId: UserId, id: NotificationId): Promise<boolean>

  /**
   * Cancels a notification: for whoever has not read it, it is gone. Waiting
   * deliveries are gone too. Repeating it changes nothing.
   *
   * @returns who has one fewer in the inbox; undefined when there is no such notification
   */
  cancel(id: NotificationId, nowMs: number): Promise<readonly UserId[] | undefined>

  /** Makes those expired that are past their time, at most `limit`; returns those in app. */
  expireDue(nowMs: number, limit: number): Promise<readonly InboxEntry[]>

  /** Lets those go that were held until now or earlier, at most `limit`, earliest first. */
  releaseHeld(nowMs: number, limit: number): Promise<readonly InboxEntry[]>

  /**
   * Plans anew what waits for a user, oldest first: deliveries that were neither
   * sent nor given up, and pushes that are held. What need not wait any more is
   * due at `nowMs`; what waits for its next attempt is not due before that. What
   * leads to the user by no other route comes into the inbox, and what is there
   * stays; either is let go as what was held is.
   */
  replan(userId: UserId, plan: Planner, query: ReplanQuery): Promise<Replanned>

  /** Returns how far notifications have come for recipients, in any order; for those there are. */
  states(
    entries: readonly InboxEntry[],
    nowMs: number,
  ): Promise<readonly (RecipientState & InboxEntry)[]>

  /** Returns the next wall time in ms at which one expires or is let go; undefined for none. */
  nextDueMs(): Promise<number | undefined>

  /**
   * Notes that every node was told of these. Until then a notification counts
   * as unannounced: its node may have died between storing and telling.
   */
  markAnnounced(ids: readonly NotificationId[]): Promise<void>

  /**
   * Lists unannounced ones created before a wall time, oldest first.
   *
   * @param listed recipients of each; 0 for none and no overview. @default all
   */
  unannounced(
    beforeMs: number,
    limit: number,
    listed?: number,
  ): Promise<readonly StoredNotification[]>

  /**
   * Deletes notifications created before a wall time, oldest first, with all
   * that hangs on them; unread counts follow.
   *
   * @returns how many, at most `limit`; and who has fewer in the inbox
   */
  deleteCreatedBefore(
    beforeMs: number,
    limit: number,
  ): Promise<{ readonly count: number; readonly entries: readonly InboxEntry[] }>
}
