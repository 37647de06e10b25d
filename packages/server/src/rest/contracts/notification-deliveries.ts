import { z } from '@hono/zod-openapi'
import { jsonAnswer, LINK_HEADER } from './content.ts'
import { time, userId } from './fields.ts'
import { operation, SERVER_KEY } from './operation.ts'

const ofDeliveries = { tags: ['Notification deliveries'], security: SERVER_KEY }
const route = z.enum(['email', 'webhook'])
const status = z.enum(['waiting', 'done', 'dead', 'canceled'])

const delivery = z
  .object({
    id: z.int(),
    notification_id: z.string(),
    user_id: z.string(),
    route,
    target: z.string().openapi({ description: 'An e-mail address, or a URL.' }),
    status,
    attempts: z.int(),
    due_at: time,
    created_at: time,
    last_error: z.string().nullable(),
  })
  .openapi('NotificationDelivery')

const EXAMPLE = {
  id: 17,
  notification_id: 'notification-123',
  user_id: 'user-456',
  route: 'email',
  target: 'jane@example.com',
  status: 'dead',
  attempts: 8,
  due_at: '2025-04-16T12:30:00.000Z',
  created_at: '2025-04-16T10:30:00.000Z',
  last_error: 'the server answered 550',
}

/** The contract of `GET /notification-deliveries`. */
export const listDeliveries = operation({
  operationId: 'listNotificationDeliveries',
  ...ofDeliveries,
  method: 'get',
  path: '/notification-deliveries',
  summary: 'List deliveries: sent, waiting and failed ones',
  description: 'Deliveries by e-mail and webhook, newest first.',
  request: {
    query: z.object({
      status: status.optional(),
      route: route.optional(),
      user_id: userId.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(100),
      before: z.coerce.number().int().min(1).optional().openapi({
        description: 'Only those with a smaller id.',
      }),
    }),
  },
  responses: {
    200: { ...jsonAnswer('A page of them.', z.array(delivery), [EXAMPLE]), headers: LINK_HEADER },
  },
})

/** The contract of `POST /notification-deliveries/{id}/retry`. */
export const retryDelivery = operation({
  operationId: 'retryNotificationDelivery',
  ...ofDeliveries,
  method: 'post',
  path: '/notification-deliveries/{id}/retry',
  summary: 'Retry a delivery that was given up',
  description: 'It is attempted at once, with as many further attempts as a new delivery.',
  request: {
    params: z.object({
      id: z.coerce.number().int().min(1).openapi({ example: 17 }),
    }),
  },
  responses: {
    200: jsonAnswer('The delivery, which waits again.', delivery, {
      ...EXAMPLE,
      status: 'waiting',
      attempts: 0,
    }),
  },
  refusals: [404, 409],
})
