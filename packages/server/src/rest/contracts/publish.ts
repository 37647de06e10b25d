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
    receivers: z.int().openapi({ description: 'Connections of this node that it reached.' }),
    id: z.string().optional().openapi({ description: 'Of the event; not there for a pattern.' }),
    position: z.string().nullable().optional().openapi({
      description: 'Null where no history is kept; not there for a pattern.',
    }),
    duplicate: z.boolean().optional().openapi({
      description: 'True where it was published before; not there for a pattern.',
    }),
    channels: z.int().optional().openapi({
      description: 'Channels that were published to; there for a pattern alone.',
    }),
  })
  .openapi('Published')

export const publishEvent = operation({
  operationId: 'publishEvent',
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
    200: jsonAnswer('What became of it.', published, {
      position: 'q7cZ:42',
      duplicate: false,
      id: '0196f2f0-7c1e-7d53-9c57-3b8f6a0c1d2e',
      receivers: 3,
    }),
  },
  refusals: [404],
})
