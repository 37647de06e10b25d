import { z } from '@hono/zod-openapi'
import { jsonAnswer } from './content.ts'
import { time } from './fields.ts'
import { operation } from './operation.ts'

/** A frame; the protocol defines the types. */
const FRAME = {
  type: 'object' as const,
  properties: { type: { type: 'string' as const }, id: { type: 'string' as const } },
  required: ['type'],
  additionalProperties: true,
}

/** The contract of `POST /tickets`. */
export const createTicket = operation({
  operationId: 'createTicket',
  method: 'post',
  path: '/tickets',
  tags: ['Access'],
  summary: 'Get a ticket',
  description:
    'For URLs, which must not hold a token: use it as `?ticket=` of a WebSocket or event stream. ' +
    'It can be used once, within 30 s.',
  security: [{ userToken: [] }, { cookie: [] }],
  responses: {
    200: jsonAnswer('The ticket.', z.object({ ticket: z.string(), expires_at: time })),
  },
  refusals: [401, 403],
})

/** The contract of `POST /frames`. */
export const sendFrames = operation({
  operationId: 'sendFrames',
  method: 'post',
  path: '/frames',
  tags: ['Streams'],
  summary: 'Send frames from a client of an event stream',
  description:
    'The direction to the server of an event stream: the frames that a WebSocket would carry.',
  security: [{ session: [] }],
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: { type: 'array' as const, maxItems: 100, items: FRAME },
          example: [{ type: 'subscribe', id: '1', channel: 'room:1' }],
        },
      },
    },
  },
  responses: {
    200: {
      description: 'The reply or error of each frame that carries an `id`, in their order.',
      content: {
        'application/json': {
          schema: { type: 'array' as const, items: FRAME },
          example: [{ type: 'reply', id: '1', payload: { channel: 'room:1', position: null } }],
        },
      },
    },
  },
  refusals: [401, 404],
})
