import { z } from 'zod'
import type { UserId } from '../ids.ts'
import { frame, jsonValue, request } from './frame.ts'
import { count, notificationId, timestamp, userId } from './scalar.ts'

const MAX_ACKNOWLEDGED = 1_000
const MAX_NOTIFICATION_ID_CHARACTERS = 128

/** The types of notifications. */
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
/** The type of a notification. */
export type NotificationType = (typeof NOTIFICATION_TYPES)[number]

/** How urgent a notification is, least first. */
export const NOTIFICATION_PRIORITIES = ['low', 'normal', 'high', 'urgent', 'emergency'] as const
/** How urgent a notification is. */
export type NotificationPriority = (typeof NOTIFICATION_PRIORITIES)[number]

/** The delivery statuses; `delivered` once a client has acknowledged it. */
export const NOTIFICATION_STATUSES = [
  'pending',
  'delivered',
  'read',
  'failed',
  'expired',
  'canceled',
] as const
/** The delivery status of a notification. */
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number]

/** A way by which a notification reaches its recipients. */
export const NOTIFICATION_ROUTES = ['in-app', 'email', 'webhook'] as const
/** A way by which a notification reaches its recipients. */
export type NotificationRoute = (typeof NOTIFICATION_ROUTES)[number]

/** An action that a notification offers its recipient. */
export const notificationAction = z.object({
  label: z.string(),
  action: z.string(),
  data: jsonValue.optional(),
})
/** An action that a notification offers its recipient. */
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
  /** ISO 8601 UTC; hidden after this time. Null for no expiry. */
  expires_at: timestamp.nullable(),
  actions: z.array(notificationAction.readonly()).readonly(),
  resource_type: z.string().nullable(),
  resource_id: z.string().nullable(),
  metadata: z.record(z.string(), jsonValue).readonly(),
})
/** A notification as it is pushed to its recipients. */
export type NotificationPayload = Readonly<z.infer<typeof notificationPayload>>

/**
 * A notification in REST answers. A recipient sees only their own part of it:
 * their own id among the recipients, and the status for them.
 */
export interface NotificationResource extends NotificationPayload {
  readonly status: NotificationStatus
  /** With more than 100 recipients, the first 100 and the owner of the inbox. */
  readonly recipients: readonly UserId[]
  /** Total number of recipients, when not all are listed. */
  readonly recipient_count?: number
  /** When the first client acknowledged it; ISO 8601 UTC. */
  readonly delivered_at: string | null
  readonly read_by: readonly UserId[]
  /** The routes it was created with, if any were given. */
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

/** Server → client. A notification for the user; resent on connect until acknowledged. */
export const notificationFrame = frame('notification', { payload: notificationPayload.readonly() })
/** Server → client. A notification for the user; resent on connect until acknowledged. */
export type NotificationFrame = Readonly<z.infer<typeof notificationFrame>>

const notificationIds = z.array(notificationId).readonly()

/** Server → client. A change of the user's inbox, by this device or another. */
export const inboxFrame = frame('inbox', {
  unread_count: count,
  read: notificationIds.optional(),
  /** Ids of expired, canceled or deleted notifications. */
  removed: notificationIds.optional(),
  /** True when all earlier notifications were read; `read` may then list only some. */
  all_read: z.boolean().optional(),
  /** The notification or time up to which all were marked as read; `read` lists them all. */
  read_up_to: z.string().optional(),
  /** True when more wait; the server sends them after the sent ones are acknowledged. */
  more_waiting: z.boolean().optional(),
})
/** Server → client. A change of the user's inbox, by this device or another. */
export type InboxFrame = Readonly<z.infer<typeof inboxFrame>>
