import { z } from '@hono/zod-openapi'
import { operation, type Security } from './operation.ts'
import { refusal } from './refusal.ts'

const security: Security = [{ userToken: [] }, { cookie: [] }, {}]
const ticket = z
  .string()
  .optional()
  .openapi({ description: 'What `POST /tickets` gave, where no header can be sent.' })

export const openEventStream = operation({
  operationId: 'openEventStream',
  method: 'get',
  path: '/events',
  tags: ['Streams'],
  summary: 'Open a stream of server-sent events',
  description: 'See the protocol for what it carries.',
  security,
  request: {
    headers: z.object({ 'Last-Event-ID': z.string().optional() }),
    query: z.object({
      channels: z.string().optional().openapi({ description: 'Names, joined by commas.' }),
      since: z.string().optional().openapi({
        description: 'As `Last-Event-ID`; `lastEventId`, in any usual spelling, is the same.',
      }),
      ticket,
    }),
  },
  responses: {
    200: {
      description: 'Events until one side ends it.',
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

export const openWebSocket = operation({
  operationId: 'openWebSocket',
  method: 'get',
  path: '/ws',
  tags: ['Streams'],
  summary: 'Open a WebSocket',
  description: 'Subprotocol `coterie.v1`, which need not be asked for. See the protocol.',
  security,
  request: { query: z.object({ ticket }) },
  responses: {
    101: { description: 'From here on it is a WebSocket.' },
    default: { description: 'It is not.', content: { 'application/json': { schema: refusal } } },
  },
  refusals: [401, 403, 404],
})
