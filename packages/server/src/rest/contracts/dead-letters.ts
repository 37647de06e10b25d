import { z } from '@hono/zod-openapi'
import { jsonAnswer, LINK_HEADER, NO_CONTENT } from './content.ts'
import { jsonValue, time } from './fields.ts'
import { operation, SERVER_KEY } from './operation.ts'

const ofTriggers = { tags: ['Triggers'], security: SERVER_KEY }

const letter = z
  .object({
    id: z.int(),
    trigger: z.string().openapi({ description: 'The name of the durable trigger.' }),
    channel: z.string(),
    event: z.string(),
    payload: jsonValue,
    from: z.object({ user_id: z.string(), connection_id: z.string() }),
    event_id: z.string(),
    timestamp: time,
    position: z
      .string()
      .openapi({ description: 'The position of the event in the log of its channel.' }),
    attempts: z.int(),
    error: z.string().openapi({ description: 'Why the last attempt failed.' }),
    first_tried_at: time,
    failed_at: time,
  })
  .openapi('DeadLetter')

const EXAMPLE = {
  id: 17,
  trigger: 'ship-orders',
  channel: 'orders:42',
  event: 'placed',
  payload: { item: 'lamp' },
  from: { user_id: 'user-456', connection_id: '0196-connection' },
  event_id: '0196-event',
  timestamp: '2025-04-16T10:29:00.000Z',
  position: 'STAKbZfMSzSo:4',
  attempts: 10,
  error: 'out of stock',
  first_tried_at: '2025-04-16T10:29:00.020Z',
  failed_at: '2025-04-16T10:30:00.000Z',
}

const params = z.object({ id: z.coerce.number().int().min(1).openapi({ example: 17 }) })

/** The contract of `GET /dead-letters`. */
export const listDeadLetters = operation({
  operationId: 'listDeadLetters',
  ...ofTriggers,
  method: 'get',
  path: '/dead-letters',
  summary: 'List the events that durable triggers gave up on',
  description: 'Newest first.',
  request: {
    query: z.object({
      trigger: z.string().min(1).max(100).optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      before: z.coerce.number().int().min(1).optional().openapi({
        description: 'Only those with a smaller id.',
      }),
    }),
  },
  responses: {
    200: { ...jsonAnswer('A page of them.', z.array(letter), [EXAMPLE]), headers: LINK_HEADER },
  },
})

/** The contract of `POST /dead-letters/{id}/replay`. */
export const replayDeadLetter = operation({
  operationId: 'replayDeadLetter',
  ...ofTriggers,
  method: 'post',
  path: '/dead-letters/{id}/replay',
  summary: 'Run a trigger once more for an event that it gave up on',
  description: 'Runs on the node that gets the request. An event that is handled now is deleted.',
  request: { params },
  responses: {
    200: jsonAnswer(
      'The outcome.',
      letter.extend({ status: z.enum(['handled', 'dead']) }).openapi('ReplayedDeadLetter'),
      { ...EXAMPLE, status: 'handled' },
    ),
  },
  refusals: [404, 409],
})

/** The contract of `DELETE /dead-letters/{id}`. */
export const discardDeadLetter = operation({
  operationId: 'discardDeadLetter',
  ...ofTriggers,
  method: 'delete',
  path: '/dead-letters/{id}',
  summary: 'Delete an event that a trigger gave up on',
  description: 'It is not run again.',
  request: { params },
  responses: { 204: NO_CONTENT },
  refusals: [404],
})
