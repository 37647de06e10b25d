import { z } from 'zod'
import type { NotificationId, UserId } from '../ids.ts'
import { frame, type JsonValue } from './frame.ts'

const MAX_ACKNOWLEDGED = 1_000
const MAX_NOTIFICATION_ID_CHARACTERS = 128

/** What a notification is about. */
export const NOTIFICATION_TYPES = [
  'system',
  'message',
  'mention',
  'comment',
  'update',
  'new_content',
  'task',
  'reminder',
  'deadline',
  'warning',
  'error',
  'security',
  'maintenance',
] as const
export type NotificationType = (typeof NOTIFICATION_TYPES)[number]

/** How pressing a notification is, least first. */
export const NOTIFICATION_PRIORITIES = ['low', 'normal', 'high', 'urgent', 'emergency'] as const
export type NotificationPriority = (typeof NOTIFICATION_PRIORITIES)[number]

/** How far a notification has come; `delivered` once a client has acknowledged it. */
export const NOTIFICATION_STATUSES = [
  'pending',
  'delivered',
  'read',
  'failed',
  'expired',
  'canceled',
] as const
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number]

/** A way by which a notification reaches its recipients. */
export const NOTIFICATION_ROUTES = ['in-app', 'email', 'webhook'] as const
export type NotificationRoute = (typeof NOTIFICATION_ROUTES)[number]

/** Something that a recipient can do about a notification. */
export interface NotificationAction {
  readonly label: string
  readonly action: string
  readonly data?: JsonValue
}

/** A notification as it is pushed to its recipients. */
export interface NotificationPayload {
  readonly id: NotificationId
  readonly title: string
  readonly message: string
  readonly type: NotificationType
  readonly priority: NotificationPriority
  readonly sender_id: UserId | null
  /** ISO 8601 UTC with milliseconds. */
  readonly created_at: string
  /** ISO 8601 UTC; shown no longer after it. Null for one that stays. */
  readonly expires_at: string | null
  readonly actions: readonly NotificationAction[]
  readonly resource_type: string | null
  readonly resource_id: string | null
  readonly metadata: { readonly [key: string]: JsonValue }
}

/**
 * A notification as REST shows it. A recipient sees their own part of it:
 * themselves among the recipients, and how far it has come for them.
 */
export interface NotificationResource extends NotificationPayload {
  readonly status: NotificationStatus
  /** Of more than 100 the first 100, and the one whose list it is. */
  readonly recipients: readonly UserId[]
  /** How many there are, where they are not all listed. */
  readonly recipient_count?: number
  /** When the first client acknowledged it; ISO 8601 UTC. */
  readonly delivered_at: string | null
  readonly read_by: readonly UserId[]
  /** The routes it was created with, where it was. */
  readonly channels?: readonly NotificationRoute[]
}

/** Client → server. Says that notifications have arrived: they are `delivered` to the user. */
export const ack = frame('ack', {
  notifications: z
    .array(z.string().min(1).max(MAX_NOTIFICATION_ID_CHARACTERS))
    .max(MAX_ACKNOWLEDGED),
})
export type AckRequest = z.infer<typeof ack>

/** Server → client. A notification for the user; again on connecting, until it was acknowledged. */
export interface NotificationFrame {
  readonly type: 'notification'
  readonly payload: NotificationPayload
}

/** Server → client. What changed in the user's inbox, by this device or another. */
export interface InboxFrame {
  readonly type: 'inbox'
  readonly unread_count: number
  readonly read?: readonly NotificationId[]
  /** Expired, canceled or deleted. */
  readonly removed?: readonly NotificationId[]
  /** True where all that had come until then was read; `read` may then name only some. */
  readonly all_read?: boolean
  /** Up to which notification or time everything was marked as read; `read` names all of these. */
  readonly read_up_to?: string
  /** True where more waits, and is pushed once what was pushed is acknowledged. */
  readonly more_waiting?: boolean
}
