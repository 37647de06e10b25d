import { eventName, messageId } from '@coterie/protocol'
import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody } from './content.ts'
import { idempotencyKey, jsonValue, userId } from './fields.ts'
import { operation, SERVER_KEY } from './operation.ts'

const MAX_MESSAGE_ID_CHARACTERS = 128
const MAX_NAME_CHARACTERS = 200

const body = z.strictObject({
  // Refused as a channel name, like everywhere else, and not as a string of this body.
  channel: z.string().openapi({
    description: 'A channel, or a pattern for all channels that match it.',
    minLength: 1,
    maxLength: MAX_NAME_CHARACTERS,
  }),
  event: eventName,
  payload: jsonValue,
  message_id: messageId.optional(),
  volatile: z.boolean().optional(),
  exclude_connection: z.string().optional(),
  exclude: z
    .array(userId)
    .max(10_000)
    .optional()
    .openapi({ description: 'Users who are not notified of it by their stored subscriptions.' }),
})

const published = z
  .object({
    receivers: z.int().openapi({ description: 'Connections of this node that it reached.' }),
    id: z
      .string()
      .optional()
      .openapi({ description: 'The id of the event; absent for a pattern.' }),
    position: z.string().nullable().optional().openapi({
      description: 'Null if the channel keeps no history; absent for a pattern.',
    }),
    duplicate: z.boolean().optional().openapi({
      description: 'True if the event was published before; absent for a pattern.',
    }),
    channels: z.int().optional().openapi({
      description: 'How many channels got the event; only for a pattern.',
    }),
  })
  .openapi('Published')

/** The contract of `POST /publish`. */
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
        'Used as `message_id` if the body has none.',
      ),
    }),
    body: jsonBody(body, { channel: 'room:1', event: 'note', payload: { text: 'hello' } }),
  },
  responses: {
    200: jsonAnswer('The outcome.', published, {
      position: 'q7cZ:42',
      duplicate: false,
      id: '0196f2f0-7c1e-7d53-9c57-3b8f6a0c1d2e',
      receivers: 3,
    }),
  },
  refusals: [404],
})
