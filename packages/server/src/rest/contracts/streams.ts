import { z } from '@hono/zod-openapi'
import { operation, type Security } from './operation.ts'
import { refusal } from './refusal.ts'

const security: Security = [{ userToken: [] }, { cookie: [] }, {}]
const ticket = z
  .string()
  .optional()
  .openapi({ description: 'A ticket from `POST /tickets`, for clients that cannot send headers.' })

/** The contract of `GET /events`. */
export const openEventStream = operation({
  operationId: 'openEventStream',
  method: 'get',
  path: '/events',
  tags: ['Streams'],
  summary: 'Open a stream of server-sent events',
  description: 'The protocol describes its events.',
  security,
  request: {
    headers: z.object({ 'Last-Event-ID': z.string().optional() }),
    query: z.object({
      channels: z.string().optional().openapi({ description: 'Names, joined by commas.' }),
      since: z.string().optional().openapi({
        description:
          'The same as `Last-Event-ID`; `lastEventId`, in any usual spelling, works too.',
      }),
      ticket,
    }),
  },
  responses: {
    200: {
      description: 'Events, until one side ends the stream.',
      content: {
        'text/event-stream': {
          schema: { type: 'string' as const },
          example:
            'event: connection\ndata: {"connection_id":"connection-123","session":"…"}\n\n' +
            'event: notification\nid: event-125\ndata: {"id":"notification-123"}\n\n',
        },
      },
    },
  },
  refusals: [401, 403, 404, 429],
})

/** The contract of `GET /ws`. */
export const openWebSocket = operation({
  operationId: 'openWebSocket',
  method: 'get',
  path: '/ws',
  tags: ['Streams'],
  summary: 'Open a WebSocket',
  description: 'Subprotocol `coterie.v1` (optional to ask for). See the protocol.',
  security,
  request: { query: z.object({ ticket }) },
  responses: {
    101: { description: 'The connection is now a WebSocket.' },
    default: {
      description: 'The WebSocket was refused.',
      content: { 'application/json': { schema: refusal } },
    },
  },
  refusals: [401, 403, 404],
})
