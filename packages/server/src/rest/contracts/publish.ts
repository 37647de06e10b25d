import { eventName, messageId } from '@coterie/protocol'
import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody } from './content.ts'
import { idempotencyKey, jsonValue, userId } from './fields.ts'
import { operation, SERVER_KEY } from './operation.ts'

const MAX_MESSAGE_ID_CHARACTERS = 128

const body = z.strictObject({
  channel: z.string().openapi({ description: 'A channel, or a pattern: then all that match it.' }),
  event: eventName,
  payload: jsonValue,
  message_id: messageId.optional(),
  volatile: z.boolean().optional(),
  exclude_connection: z.string().optional(),
  exclude: z
    .array(userId)
    .max(10_000)
    .optional()
    .openapi({ description: 'Users whom their subscriptions do not notify of it.' }),
})

const published = z
  .object({
    position: z.string().nullable().openapi({ description: 'Null where no history is kept.' }),
    duplicate: z.boolean(),
    id: z.string(),
    receivers: z.int().openapi({ description: 'Connections of this node that it reached.' }),
  })
  .openapi('Published')

const publishedToPattern = z
  .object({ channels: z.int(), receivers: z.int() })
  .openapi('PublishedToPattern')

export const publishEvent = operation({
  method: 'post',
  path: '/publish',
  tags: ['Publishing'],
  summary: 'Publish an event',
  description: 'The same `message_id` within 5 minutes is the same event.',
  security: SERVER_KEY,
  request: {
    headers: z.object({
      'Idempotency-Key': idempotencyKey(
        MAX_MESSAGE_ID_CHARACTERS,
        'Stands for `message_id` where the body has none.',
      ),
    }),
    body: jsonBody(body, { channel: 'room:1', event: 'note', payload: { text: 'hello' } }),
  },
  responses: {
    200: jsonAnswer('What became of it.', z.union([published, publishedToPattern]), {
      position: 'q7cZ:42',
      duplicate: false,
      id: '0196f2f0-7c1e-7d53-9c57-3b8f6a0c1d2e',
      receivers: 3,
    }),
  },
  refusals: [404],
})
