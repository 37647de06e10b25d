import type {
  NotificationId,
  NotificationPriority,
  NotificationStatus,
  NotificationType,
  UserId,
} from '@coterie/protocol'
import type { NotificationContent, RecipientState } from '../../ports/notification-repository.ts'

/** The fields that are stored as one JSON text: no query uses them. */
type Body = Pick<
  NotificationContent,
  | 'title'
  | 'message'
  | 'senderId'
  | 'resourceType'
  | 'resourceId'
  | 'actions'
  | 'metadata'
  | 'channels'
  | 'evenIfRead'
>

/** A row of `coterie_notifications` with the columns of `NOTIFICATION_COLUMNS`. */
export interface NotificationRow {
  readonly sequence: number
  readonly id: NotificationId
  readonly type: NotificationType
  readonly priority: NotificationPriority
  readonly body: string
  readonly created_at: number
  readonly expires_at: number | null
}

/** A row of `coterie_recipients` with the columns of `RECIPIENT_COLUMNS`. */
export interface RecipientRow {
  readonly sequence: number
  readonly user_id: UserId
  readonly status: NotificationStatus
  readonly delivered_at: number | null
  readonly read_at: number | null
  readonly in_app: boolean | number
  readonly expires_at: number | null
  readonly held_until: number | null
}

/** The columns of a `NotificationRow`. */
export const NOTIFICATION_COLUMNS =
  'n.sequence, n.id, n.type, n.priority, n.body, n.created_at, n.expires_at'

/** The columns of a `RecipientRow`. */
export const RECIPIENT_COLUMNS =
  'r.sequence, r.user_id, r.status, r.delivered_at, r.read_at, r.in_app, r.expires_at, r.held_until'

/** The condition of unread notifications, written as in the indexes to use them. */
export const IS_OPEN = `status IN ('pending', 'delivered')`

/** Tells whether a status means that the notification can still be read. */
export function isOpen(status: string): boolean {
  return status === 'pending' || status === 'delivered'
}

/** The index over unread in-app notifications. */
export const UNREAD_INDEX = 'coterie_recipients_unread'

/** The condition of notifications that have not expired. */
export function notExpired(now: string): string {
  return `(expires_at IS NULL OR expires_at > ${now})`
}

/** Returns a notification's content as columns: id, type, priority, body, times. */
export function contentValues(content: NotificationContent): readonly (string | number | null)[] {
  const { title, message, senderId, resourceType, resourceId, actions, metadata, channels } =
    content
  const body: Body = {
    title,
    message,
    senderId,
    resourceType,
    resourceId,
    actions,
    metadata,
    channels,
    ...(content.evenIfRead && { evenIfRead: true }),
  }
  const { id, type, priority, createdAtMs, expiresAtMs } = content
  return [id, type, priority, JSON.stringify(body), createdAtMs, expiresAtMs]
}

/** Reads the content of a notification. */
export function contentOf(row: NotificationRow): NotificationContent {
  const { id, type, priority, created_at: createdAtMs, expires_at: expiresAtMs } = row
  return { id, ...(JSON.parse(row.body) as Body), type, priority, createdAtMs, expiresAtMs }
}

/** Reads the state of a notification for one recipient, as of a wall time. */
export function recipientOf(row: RecipientRow, nowMs: number): RecipientState {
  const isExpired = isOpen(row.status) && row.expires_at !== null && row.expires_at <= nowMs
  return {
    userId: row.user_id,
    status: isExpired ? 'expired' : row.status,
    deliveredAtMs: row.delivered_at,
    readAtMs: row.read_at,
    isInApp: Boolean(row.in_app),
    heldUntilMs: row.held_until !== null && row.held_until > nowMs ? row.held_until : null,
  }
}
