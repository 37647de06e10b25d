import {
  NOTIFICATION_PRIORITIES,
  NOTIFICATION_ROUTES,
  NOTIFICATION_STATUSES,
  NOTIFICATION_TYPES,
} from '@coterie/protocol'
import { z } from '@hono/zod-openapi'
import { jsonObject, jsonValue, time } from './fields.ts'

const MAX_LABEL_CHARACTERS = 100

/** One of the types of notifications. */
export const notificationType = z.enum(NOTIFICATION_TYPES)
/** One of the priorities of notifications. */
export const notificationPriority = z.enum(NOTIFICATION_PRIORITIES)
/** One of the states of a notification. */
export const notificationStatus = z.enum(NOTIFICATION_STATUSES)
/** One of the routes by which notifications are sent. */
export const notificationRoute = z.enum(NOTIFICATION_ROUTES)

/** An action that a recipient can take on a notification. */
export const notificationAction = z
  .strictObject({
    label: z.string().min(1).max(MAX_LABEL_CHARACTERS),
    action: z.string().min(1).max(MAX_LABEL_CHARACTERS),
    data: jsonValue.optional(),
  })
  .openapi('NotificationAction')

/** A notification with its state. */
export const notificationResource = z
  .object({
    id: z.string(),
    title: z.string(),
    message: z.string(),
    type: notificationType,
    priority: notificationPriority,
    status: notificationStatus,
    recipients: z
      .array(z.string())
      .readonly()
      .openapi({
        description:
          'A user sees only themselves here. If there are more than 100, these are the first 100 and ' +
          'the user whose list it is; `GET /notifications/{id}/recipients` has all.',
      }),
    recipient_count: z.int().optional().openapi({
      description: 'How many recipients there are, if not all are listed.',
    }),
    sender_id: z.string().nullable(),
    created_at: time,
    delivered_at: time.nullable().openapi({
      description: 'When the first client acknowledged it.',
    }),
    expires_at: time.nullable(),
    read_by: z.array(z.string()).readonly().openapi({ description: 'At most the first 100.' }),
    actions: z.array(notificationAction).readonly(),
    resource_type: z.string().nullable(),
    resource_id: z.string().nullable(),
    metadata: jsonObject,
    channels: z.array(notificationRoute).readonly().optional(),
  })
  .openapi('Notification')

const EXAMPLE_CONTENT = {
  title: 'New message',
  message: 'You have a new message from Jane',
  recipients: ['user-456', 'user-789'],
  type: 'message',
  priority: 'normal',
  sender_id: 'user-123',
  resource_type: 'message',
  resource_id: 'message-789',
  actions: [
    { label: 'View', action: 'view', data: { id: 'message-789' } },
    { label: 'Reply', action: 'reply', data: { id: 'message-789' } },
  ],
  metadata: { thread_id: 'thread-123' },
}

/** A request that creates a notification, for the API description. */
export const NOTIFICATION_REQUEST_EXAMPLE = {
  ...EXAMPLE_CONTENT,
  expires_at: '2099-05-16T10:30:00Z',
}

/** A notification in an answer, for the API description. */
export const NOTIFICATION_EXAMPLE = {
  id: 'notification-123',
  ...EXAMPLE_CONTENT,
  status: 'delivered',
  created_at: '2025-04-16T10:30:00.000Z',
  delivered_at: '2025-04-16T10:30:01.000Z',
  expires_at: '2099-05-16T10:30:00.000Z',
  read_by: [],
}
