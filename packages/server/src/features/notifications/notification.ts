import type {
  JsonValue,
  NotificationAction,
  NotificationId,
  NotificationPayload,
  NotificationPriority,
  NotificationResource,
  NotificationStatus,
  NotificationType,
  UserId,
} from '@coterie/protocol'
import { isoTime } from '../../core/iso-time.ts'
import { requireObject } from '../../core/require-object.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  NotificationContent,
  RecipientOverview,
  RecipientState,
} from '../../ports/notification-repository.ts'
import { systemClock } from '../../system/system-clock.ts'
import { systemRandom } from '../../system/system-random.ts'
import {
  completeNotification,
  isWhole,
  type NotificationFields,
  type WholeNotification,
} from './notification-fields.ts'

/** Recipients that are listed with a notification, at most. */
export const LISTED = 100

/**
 * A notification and how far it has come for each of its recipients.
 *
 * An application's own instance is neither stored nor pushed: for that, use
 * `hub.notifications.create`.
 */
export class Notification {
  readonly content: NotificationContent
  readonly #clock: Clock
  readonly #recipients: Map<UserId, RecipientState>
  readonly #overview: RecipientOverview | undefined

  /**
   * @param clock tells the time where a method is not told
   * @throws {RealtimeError} `invalid_payload` for a bad value, naming the field
   * @example
   * ```ts
   * const notification = new Notification({
   *   title: 'New message',
   *   message: 'You have a new message from Jane',
   *   recipients: ['user-456'],
   * })
   * notification.markAsRead('user-456')
   * ```
   */
  constructor(
    given: WholeNotification | NotificationFields,
    clock: Clock = systemClock,
    random = systemRandom,
  ) {
    requireObject('notification', given)
    const whole = isWhole(given) ? given : completeNotification(given, clock, random)
    const { recipients, overview, ...content } = whole
    this.content = content
    this.#clock = clock
    this.#overview = overview
    this.#recipients = new Map(recipients.map((recipient) => [recipient.userId, recipient]))
  }

  get id(): NotificationId {
    return this.content.id
  }

  get title(): string {
    return this.content.title
  }

  get message(): string {
    return this.content.message
  }

  get type(): NotificationType {
    return this.content.type
  }

  get priority(): NotificationPriority {
    return this.content.priority
  }

  get senderId(): UserId | null {
    return this.content.senderId
  }

  get resourceType(): string | null {
    return this.content.resourceType
  }

  get resourceId(): string | null {
    return this.content.resourceId
  }

  get actions(): readonly NotificationAction[] {
    return this.content.actions
  }

  get metadata(): { readonly [key: string]: JsonValue } {
    return this.content.metadata
  }

  /** Wall time in ms since 1970. */
  get createdAtMs(): number {
    return this.content.createdAtMs
  }

  /** Wall time in ms since 1970; null for never. */
  get expiresAtMs(): number | null {
    return this.content.expiresAtMs
  }

  /** How many recipients it has. */
  get recipientCount(): number {
    return this.#overview?.count ?? this.#recipients.size
  }

  /** Those who have read it, in the order they were named; of many the first 100. */
  get readBy(): readonly UserId[] {
    if (this.#overview) return this.#overview.readBy
    return this.recipients.flatMap(({ userId, status }) => (status === 'read' ? [userId] : []))
  }

  /** When the first recipient got it: wall time in ms. */
  get deliveredAtMs(): number | null {
    if (this.#overview) return this.#overview.deliveredAtMs
    const all = this.recipients.flatMap(({ deliveredAtMs }) => deliveredAtMs ?? [])
    return all.length === 0 ? null : all.reduce((a, b) => Math.min(a, b))
  }

  /**
   * How far it has come for each recipient, in the order they were named. Of
   * more than 100 that a list or `find` would have to read, the first 100 and
   * the one whose list it is: `recipients` of the service pages through all.
   */
  get recipients(): readonly RecipientState[] {
    return [...this.#recipients.values()]
  }

  /** Notes that it has reached a recipient, or all of them. What is further already stays so. */
  markAsDelivered(nowMs = this.#clock.now(), userId?: UserId | string): void {
    for (const recipient of this.#chosen(userId)) {
      if (recipient.status !== 'pending' || this.isExpired(nowMs)) continue
      this.#set({ ...recipient, status: 'delivered', deliveredAtMs: nowMs })
    }
  }

  /**
   * Marks it as read by a recipient; whoever reads it has received it.
   *
   * @returns false when the user is no recipient, or it is expired or canceled
   */
  markAsRead(userId: UserId | string, nowMs = this.#clock.now()): boolean {
    const recipient = this.#recipients.get(userId as UserId)
    if (!recipient) return false
    if (recipient.status === 'read') return true
    const { status, deliveredAtMs } = recipient
    if ((status !== 'pending' && status !== 'delivered') || this.isExpired(nowMs)) return false
    this.#set({
      ...recipient,
      status: 'read',
      readAtMs: nowMs,
      deliveredAtMs: deliveredAtMs ?? nowMs,
    })
    return true
  }

  /** Tells whether a recipient, out of `recipients`, has read it. */
  isReadBy(userId: UserId | string): boolean {
    return this.#recipients.get(userId as UserId)?.status === 'read'
  }

  /** Tells whether it is past its time. */
  isExpired(nowMs = this.#clock.now()): boolean {
    return isExpired(this.content, nowMs)
  }

  /**
   * How far it has come on the whole: `read` when all have read it, `delivered`
   * when it has reached anybody; else what holds for all, and `pending` while
   * it may still reach somebody.
   */
  get status(): NotificationStatus {
    const all = this.#overview?.statuses ?? this.recipients.map(({ status }) => status)
    const statuses = new Set(all)
    const [only] = statuses
    if (only !== undefined && statuses.size === 1) return only
    if (statuses.has('read') || statuses.has('delivered')) return 'delivered'
    for (const status of ['pending', 'canceled', 'expired'] as const) {
      if (statuses.has(status)) return status
    }
    return 'pending'
  }

  #chosen(userId: string | undefined): readonly RecipientState[] {
    if (userId === undefined) return this.recipients
    const recipient = this.#recipients.get(userId as UserId)
    return recipient ? [recipient] : []
  }

  #set(recipient: RecipientState): void {
    this.#recipients.set(recipient.userId, recipient)
  }
}

/** Tells whether what a notification says is past its time. */
export function isExpired(
  { expiresAtMs }: Pick<NotificationContent, 'expiresAtMs'>,
  nowMs: number,
): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs
}

/** Describes a notification as it is pushed. */
export function describePayload(content: NotificationContent): NotificationPayload {
  return {
    id: content.id,
    title: content.title,
    message: content.message,
    type: content.type,
    priority: content.priority,
    sender_id: content.senderId,
    created_at: isoTime(content.createdAtMs),
    expires_at: content.expiresAtMs === null ? null : isoTime(content.expiresAtMs),
    actions: content.actions,
    resource_type: content.resourceType,
    resource_id: content.resourceId,
    metadata: content.metadata,
  }
}

/** Describes a notification as REST shows it. */
export function describeNotification(notification: Notification): NotificationResource {
  const { content, recipients, recipientCount, readBy, deliveredAtMs, status } = notification
  // One that was just made has all of them; of others also the one whose list it is.
  const listed = recipients.length > LISTED + 1 ? recipients.slice(0, LISTED) : recipients
  return {
    ...describePayload(content),
    status,
    recipients: listed.map(({ userId }) => userId),
    ...(recipientCount > listed.length && { recipient_count: recipientCount }),
    delivered_at: deliveredAtMs === null ? null : isoTime(deliveredAtMs),
    read_by: readBy,
    ...(content.channels && { channels: content.channels }),
  }
}
