import { eventName } from '@coterie/protocol'
import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody, LINK_HEADER, NO_CONTENT } from './content.ts'
import { jsonValue, pathId, time, userId } from './fields.ts'
import { operation, SERVER_KEY } from './operation.ts'

const ofConnections = { tags: ['Connections'], security: SERVER_KEY }
const params = z.object({ id: pathId.openapi({ example: 'connection-123' }) })

const connection = z
  .object({
    id: z.string(),
    state: z.enum([
      'initializing',
      'connecting',
      'connected',
      'authenticating',
      'authenticated',
      'disconnecting',
      'disconnected',
      'error',
    ]),
    user_id: z.string().nullable().openapi({ description: 'Null until authenticated.' }),
    transport: z.string(),
    subscriptions: z.array(z.string()).readonly(),
    connected_at: time,
    queued_bytes: z.int(),
    is_slow: z.boolean(),
    behind: z.int().openapi({ description: 'Subscriptions that catch up from their log.' }),
  })
  .openapi('Connection')

const message = z.strictObject({
  type: eventName.default('text').describe('What the payload is.'),
  payload: jsonValue,
})

/** The contract of `GET /connections`. */
export const listConnections = operation({
  operationId: 'listConnections',
  ...ofConnections,
  method: 'get',
  path: '/connections',
  summary: 'List connections of this node',
  description: 'In the order of their ids.',
  request: {
    query: z.object({
      user_id: userId.optional(),
      channel: z.string().min(1).optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      after: z.string().min(1).max(512).optional().openapi({ description: 'The last id before.' }),
    }),
  },
  responses: {
    200: { ...jsonAnswer('A page of them.', z.array(connection)), headers: LINK_HEADER },
  },
})

/** The contract of `GET /connections/{id}`. */
export const getConnection = operation({
  operationId: 'getConnection',
  ...ofConnections,
  method: 'get',
  path: '/connections/{id}',
  summary: 'Get a connection',
  description: 'Connections of other nodes are not found.',
  request: { params },
  responses: { 200: jsonAnswer('The connection.', connection) },
  refusals: [404],
})

/** The contract of `DELETE /connections/{id}`. */
export const endConnection = operation({
  operationId: 'endConnection',
  ...ofConnections,
  method: 'delete',
  path: '/connections/{id}',
  summary: 'End a connection',
  description: 'Its client does not come back by itself.',
  request: { params },
  responses: { 204: NO_CONTENT },
  refusals: [404],
})

/** The contract of `DELETE /users/{id}/connections`. */
export const endUserConnections = operation({
  operationId: 'endUserConnections',
  ...ofConnections,
  method: 'delete',
  path: '/users/{id}/connections',
  summary: 'End all connections of a user',
  description: 'On this node. To keep the user out, revoke their tokens.',
  request: { params: z.object({ id: userId }) },
  responses: {
    200: jsonAnswer('How many connections were ended.', z.object({ disconnected: z.int() }), {
      disconnected: 2,
    }),
  },
})

/** The contract of `POST /connections/{id}/messages`. */
export const sendMessage = operation({
  operationId: 'sendMessageToConnection',
  ...ofConnections,
  method: 'post',
  path: '/connections/{id}/messages',
  summary: 'Send a message to a connection',
  description: 'It is not kept: a client that is away misses it.',
  request: { params, body: jsonBody(message, { payload: 'Hello, client!' }) },
  responses: {
    200: jsonAnswer('The id of the message.', z.object({ id: z.string() }), { id: 'message-123' }),
  },
  refusals: [404, 409],
})

/** The contract of `POST /messages/broadcast`. */
export const broadcastMessage = operation({
  operationId: 'broadcastMessage',
  ...ofConnections,
  method: 'post',
  path: '/messages/broadcast',
  summary: 'Send a message to all connections of this node',
  description: 'To all that are authenticated. It is not kept: a client that is away misses it.',
  request: {
    body: jsonBody(message, {
      type: 'system',
      payload: { message: 'Server maintenance in 5 minutes' },
    }),
  },
  responses: { 200: jsonAnswer('How many connections get it.', z.int(), 2) },
})
