import { eventName } from '@coterie/protocol'
import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody } from './content.ts'
import { operation, SERVER_KEY } from './operation.ts'

const MAX_RECIPIENTS = 10_000
const MAX_RETRY_MS = 2_147_483_647

const ofEvents = { tags: ['Streams'], security: SERVER_KEY }
const ids = z.array(z.string().min(1).max(128)).max(MAX_RECIPIENTS).optional()

const fields = {
  event: eventName.describe('Any name that no frame of the protocol has.'),
  data: z.string(),
  priority: z.enum(['low', 'normal', 'high', 'urgent']).default('normal'),
  retry: z.int().min(0).max(MAX_RETRY_MS).nullish().openapi({
    description: 'How long a browser waits before it reconnects, in ms.',
  }),
  comment: z.string().nullish(),
}
const EXAMPLE = {
  event: 'update',
  data: '{"resource_id":"post-789","action":"update"}',
  priority: 'normal',
  retry: 3000,
  comment: 'Resource update event',
}

const event = z
  .object({
    id: z.string(),
    event: z.string(),
    data: z.string(),
    priority: z.enum(['low', 'normal', 'high', 'urgent']),
    retry: z.int().nullable(),
    comment: z.string().nullable(),
  })
  .openapi('StreamEvent')

/** The contract of `POST /events`. */
export const createEvent = operation({
  operationId: 'sendStreamEvent',
  ...ofEvents,
  method: 'post',
  path: '/events',
  summary: 'Send an event to every stream of this node',
  description:
    'Streams without listed channels show its `id`; others show the positions of their channels.',
  request: { body: jsonBody(z.strictObject(fields), EXAMPLE) },
  responses: { 201: jsonAnswer('The event.', event, { id: 'event-123', ...EXAMPLE }) },
})

/** The contract of `POST /events/broadcast`. */
export const broadcastEvent = operation({
  operationId: 'broadcastStreamEvent',
  ...ofEvents,
  method: 'post',
  path: '/events/broadcast',
  summary: 'Send an event to some streams of this node',
  description: 'Without `recipients`, to all streams; `exclude` wins over `recipients`.',
  request: {
    body: jsonBody(z.strictObject({ ...fields, recipients: ids, exclude: ids }), {
      event: 'update',
      data: '{"resource_id":"post-789","action":"update"}',
      priority: 'normal',
      recipients: ['connection-123', 'connection-456'],
      exclude: ['connection-789'],
    }),
  },
  responses: { 200: jsonAnswer('How many it reached.', z.int(), 2) },
})
