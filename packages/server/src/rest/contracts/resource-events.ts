import { messageId } from '@coterie/protocol'
import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody } from './content.ts'
import { jsonObject, userId } from './fields.ts'
import { operation, SERVER_KEY } from './operation.ts'

const name = z.string().min(1).max(200)

/** The contract of `POST /resource-events`. */
export const createResourceEvent = operation({
  operationId: 'emitResourceEvent',
  method: 'post',
  path: '/resource-events',
  tags: ['Subscriptions'],
  summary: 'Report that something happened to a resource',
  description: 'It goes to all users with a matching stored subscription.',
  security: SERVER_KEY,
  request: {
    body: jsonBody(
      z.strictObject({
        resource_type: name,
        resource_id: name,
        action: name,
        payload: jsonObject.optional(),
        message_id: messageId.optional(),
        sender_id: name.optional().openapi({
          description: 'The user who did it, who is not notified of it by their own subscriptions.',
        }),
        exclude: z
          .array(userId)
          .max(10_000)
          .optional()
          .openapi({ description: 'Users who are not notified of it.' }),
      }),
      { resource_type: 'post', resource_id: 'post-789', action: 'update', payload: { stars: 5 } },
    ),
  },
  responses: {
    200: jsonAnswer(
      'How many subscriptions matched.',
      z
        .object({
          id: z.string(),
          duplicate: z.boolean(),
          matched: z.int().openapi({ description: 'Subscriptions that match.' }),
          notified: z.int().openapi({ description: 'Users for whom a notification was made.' }),
        })
        .openapi('EmittedEvent'),
      { id: 'event-123', duplicate: false, matched: 3, notified: 2 },
    ),
  },
  refusals: [409],
})
