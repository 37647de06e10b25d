import { z } from 'zod'
import type { UserId } from '../ids.ts'
import { frame, jsonValue, request } from './frame.ts'
import { count, notificationId, timestamp, userId } from './scalar.ts'

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
/** What a notification is about. */
export type NotificationType = (typeof NOTIFICATION_TYPES)[number]

/** How urgent a notification is, least first. */
export const NOTIFICATION_PRIORITIES = ['low', 'normal', 'high', 'urgent', 'emergency'] as const
/** How urgent a notification is. */
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
/** How far a notification has come. */
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number]

/** A way by which a notification reaches its recipients. */
export const NOTIFICATION_ROUTES = ['in-app', 'email', 'webhook'] as const
/** A way by which a notification reaches its recipients. */
export type NotificationRoute = (typeof NOTIFICATION_ROUTES)[number]

/** Something that a recipient can do about a notification. */
export const notificationAction = z.object({
  label: z.string(),
  action: z.string(),
  data: jsonValue.optional(),
})
/** Something that a recipient can do about a notification. */
export type NotificationAction = Readonly<z.infer<typeof notificationAction>>

/** A notification as it is pushed to its recipients. */
export const notificationPayload = z.object({
  id: notificationId,
  title: z.string(),
  message: z.string(),
  type: z.enum(NOTIFICATION_TYPES),
  priority: z.enum(NOTIFICATION_PRIORITIES),
  sender_id: userId.nullable(),
  /** ISO 8601 UTC with milliseconds. */
  created_at: timestamp,
  /** ISO 8601 UTC; shown no longer after it. Null for one that stays. */
  expires_at: timestamp.nullable(),
  actions: z.array(notificationAction.readonly()).readonly(),
  resource_type: z.string().nullable(),
  resource_id: z.string().nullable(),
  metadata: z.record(z.string(), jsonValue).readonly(),
})
/** A notification as it is pushed to its recipients. */
export type NotificationPayload = Readonly<z.infer<typeof notificationPayload>>

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
export const ackRequest = request('ack', {
  notifications: z
    .array(z.string().min(1).max(MAX_NOTIFICATION_ID_CHARACTERS))
    .max(MAX_ACKNOWLEDGED),
})
/** An `ack` frame, as the server reads it. */
export type AckRequest = z.infer<typeof ackRequest>

/** Server → client. A notification for the user; again on connecting, until it was acknowledged. */
export const notificationFrame = frame('notification', { payload: notificationPayload.readonly() })
/** Server → client. A notification for the user; again on connecting, until it was acknowledged. */
export type NotificationFrame = Readonly<z.infer<typeof notificationFrame>>

const notificationIds = z.array(notificationId).readonly()

/** Server → client. What changed in the user's inbox, by this device or another. */
export const inboxFrame = frame('inbox', {
  unread_count: count,
  read: notificationIds.optional(),
  /** Expired, canceled or deleted. */
  removed: notificationIds.optional(),
  /** True where all that had come until then was read; `read` may then name only some. */
  all_read: z.boolean().optional(),
  /** Up to which notification or time everything was marked as read; `read` names all of these. */
  read_up_to: z.string().optional(),
  /** True where more waits, and is pushed once what was pushed is acknowledged. */
  more_waiting: z.boolean().optional(),
})
/** Server → client. What changed in the user's inbox, by this device or another. */
export type InboxFrame = Readonly<z.infer<typeof inboxFrame>>
