import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody, LINK_HEADER } from './content.ts'
import {
  aboutUser,
  flag,
  idempotencyHeaders,
  jsonObject,
  paging,
  pathId,
  time,
  timeInput,
  userId,
} from './fields.ts'
import {
  NOTIFICATION_EXAMPLE,
  NOTIFICATION_REQUEST_EXAMPLE,
  notificationAction,
  notificationPriority,
  notificationResource,
  notificationRoute,
  notificationStatus,
  notificationType,
} from './notification-resource.ts'
import { ANY_CALLER, operation, SERVER_KEY } from './operation.ts'

const MAX_ID_CHARACTERS = 200

const ofNotifications = { tags: ['Notifications'] }
const params = z.object({ id: pathId.openapi({ example: 'notification-123' }) })
const id = z.string().min(1).max(MAX_ID_CHARACTERS)
const answer = jsonAnswer('The notification.', notificationResource, NOTIFICATION_EXAMPLE)

const body = z.strictObject({
  title: z.string().min(1).max(200),
  message: z.string().max(4_000),
  recipients: z.array(id).max(10_000),
  type: notificationType.default('system'),
  priority: notificationPriority.default('normal'),
  sender_id: id.nullish(),
  resource_type: id.nullish(),
  resource_id: id.nullish(),
  actions: z.array(notificationAction).max(10).optional(),
  metadata: jsonObject.optional().openapi({
    description: '`notification_channel` chooses the route if `channels` does not.',
  }),
  channels: z
    .array(notificationRoute)
    .min(1)
    .optional()
    .openapi({
      description:
        'The routes to take; without it, those that each recipient prefers. A route that a recipient ' +
        'refuses is left out, unless the type is critical.',
    }),
  even_if_read: z.boolean().optional().openapi({
    description: 'Whether e-mail and webhooks also go to recipients who have read it by then.',
  }),
  expires_at: timeInput.nullish(),
})

/** The contract of `POST /notifications`. */
export const createNotification = operation({
  operationId: 'createNotification',
  ...ofNotifications,
  method: 'post',
  path: '/notifications',
  summary: 'Create a notification',
  description: 'Stored first, then pushed to every device of its recipients. At most 1 MiB.',
  security: SERVER_KEY,
  request: { headers: idempotencyHeaders, body: jsonBody(body, NOTIFICATION_REQUEST_EXAMPLE) },
  responses: { 201: answer },
  refusals: [409],
})

/** The contract of `GET /notifications`. */
export const listNotifications = operation({
  operationId: 'listNotifications',
  ...ofNotifications,
  method: 'get',
  path: '/notifications',
  summary: 'List notifications of a user',
  description: 'Newest first.',
  security: ANY_CALLER,
  request: {
    query: z.object({
      user_id: aboutUser,
      status: notificationStatus.optional(),
      type: notificationType.optional(),
      priority: notificationPriority.optional(),
      unread: flag.optional().openapi({
        description: '`true` lists pending and delivered notifications, `false` all others.',
      }),
      ...paging,
    }),
  },
  responses: {
    200: {
      ...jsonAnswer('A page of them.', z.array(notificationResource), [NOTIFICATION_EXAMPLE]),
      headers: LINK_HEADER,
    },
  },
})

/** The contract of `GET /notifications/{id}`. */
export const getNotification = operation({
  operationId: 'getNotification',
  ...ofNotifications,
  method: 'get',
  path: '/notifications/{id}',
  summary: 'Get a notification',
  description: 'A user gets their own; the application any.',
  security: ANY_CALLER,
  request: { params },
  responses: { 200: answer },
  refusals: [404],
})

const recipient = z
  .object({
    user_id: z.string(),
    status: notificationStatus,
    delivered_at: time.nullable(),
    read_at: time.nullable(),
  })
  .openapi('NotificationRecipient')

/** The contract of `GET /notifications/{id}/recipients`. */
export const listRecipients = operation({
  operationId: 'listNotificationRecipients',
  ...ofNotifications,
  method: 'get',
  path: '/notifications/{id}/recipients',
  summary: 'List how far a notification has come for each recipient',
  description: 'In the order in which they were named.',
  security: SERVER_KEY,
  request: {
    params,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      after: z
        .string()
        .regex(/^[1-9]\d{0,14}$/, 'expected what the `Link` of the page before says')
        .optional()
        .openapi({ description: 'Where to go on: taken from the `Link` of the previous page.' }),
    }),
  },
  responses: {
    200: {
      ...jsonAnswer('A page of them.', z.array(recipient), [
        {
          user_id: 'user-456',
          status: 'read',
          delivered_at: '2025-04-16T10:30:01.000Z',
          read_at: '2025-04-16T10:31:00.000Z',
        },
      ]),
      headers: LINK_HEADER,
    },
  },
  refusals: [404],
})

/** The contract of `POST /notifications/{id}/mark-read`. */
export const markNotificationRead = operation({
  operationId: 'markNotificationRead',
  ...ofNotifications,
  method: 'post',
  path: '/notifications/{id}/mark-read',
  summary: 'Mark a notification as read',
  description: 'On all devices of the user. Repeating it changes nothing.',
  security: ANY_CALLER,
  request: { params, query: z.object({ user_id: aboutUser }) },
  responses: {
    200: jsonAnswer('The notification as it is now.', notificationResource, {
      ...NOTIFICATION_EXAMPLE,
      read_by: ['user-456'],
    }),
  },
  refusals: [404],
})

/** The contract of `POST /notifications/mark-all-read`. */
export const markAllNotificationsRead = operation({
  operationId: 'markAllNotificationsRead',
  ...ofNotifications,
  method: 'post',
  path: '/notifications/mark-all-read',
  summary: 'Mark all notifications of a user as read',
  description:
    'With `up_to`, only notifications that came no later, so that unseen ones stay unread.',
  security: ANY_CALLER,
  request: {
    query: z.object({
      user_id: aboutUser,
      up_to: z.string().min(1).max(MAX_ID_CHARACTERS).optional().openapi({
        description: 'The last one to mark, by its id or its `created_at`.',
        example: 'notification-123',
      }),
    }),
  },
  responses: {
    200: jsonAnswer('How many were marked.', z.object({ marked: z.int() }), { marked: 5 }),
  },
  refusals: [404],
})

/** The contract of `POST /notifications/{id}/cancel`. */
export const cancelNotification = operation({
  operationId: 'cancelNotification',
  ...ofNotifications,
  method: 'post',
  path: '/notifications/{id}/cancel',
  summary: 'Take a notification back',
  description: 'From all recipients who have not read it. Repeating it changes nothing.',
  security: SERVER_KEY,
  request: { params },
  responses: { 200: answer },
  refusals: [404],
})

/** The contract of `GET /notifications/unread-count`. */
export const countUnread = operation({
  operationId: 'countUnreadNotifications',
  ...ofNotifications,
  method: 'get',
  path: '/notifications/unread-count',
  summary: 'Count the unread notifications of a user',
  description: 'The same is at `/notifications/unread-count/<user id>`.',
  security: ANY_CALLER,
  request: { query: z.object({ user_id: aboutUser }) },
  responses: { 200: jsonAnswer('The count.', z.int(), 5) },
})

/** The same with the user in the path, which is not read as a notification id. */
export const countUnreadOf = operation({
  ...ofNotifications,
  operationId: 'countUnreadNotificationsOf',
  hide: true,
  method: 'get',
  path: '/notifications/unread-count/{user_id}',
  summary: 'Count the unread notifications of a user',
  security: ANY_CALLER,
  request: { params: z.object({ user_id: userId }) },
  responses: { 200: jsonAnswer('The count.', z.int(), 5) },
})
