import { z } from '@hono/zod-openapi'
import { jsonAnswer } from './content.ts'
import { flag, jsonObject, jsonValue, pathId, time } from './fields.ts'
import { ANY_CALLER, operation } from './operation.ts'

const MAX_PAGE_USERS = 1_000
const MAX_PAGE_CHANNELS = 1_000

const ofChannels = { tags: ['Channels'], security: ANY_CALLER }
const params = z.object({ name: pathId.openapi({ example: 'room:1' }) })

const sender = z.object({ user_id: z.string(), connection_id: z.string() }).nullable()
const event = z
  .object({
    channel: z.string(),
    event: z.string(),
    payload: jsonValue,
    from: sender.openapi({ description: 'Null if the server published the event.' }),
    id: z.string(),
    timestamp: time,
    position: z.string().optional(),
  })
  .openapi('ChannelEvent')

const presenceEntry = z
  .object({
    user_id: z.string(),
    connection_id: z.string(),
    status: z.string(),
    data: jsonValue,
    joined_at: time,
    last_seen: time,
  })
  .openapi('PresenceEntry')

/** The contract of `GET /channels`. */
export const listChannels = operation({
  operationId: 'listChannels',
  ...ofChannels,
  method: 'get',
  path: '/channels',
  summary: 'List channels',
  description:
    'Channels that somebody on this node is in and that the caller may read, by name. A page may ' +
    'have fewer than `limit`, even none, if the caller may not read some of them.',
  request: {
    query: z.object({
      after: z.string().max(512).optional(),
      limit: z.coerce.number().int().min(1).max(MAX_PAGE_CHANNELS).default(MAX_PAGE_CHANNELS),
    }),
  },
  responses: {
    200: jsonAnswer(
      'A part of their names.',
      z.object({
        channels: z.array(z.string()).readonly(),
        next: z.string().optional().openapi({
          description: 'The `after` of the next page; not there on the last.',
        }),
      }),
    ),
  },
})

/** The contract of `GET /channels/{name}`. */
export const getChannel = operation({
  operationId: 'getChannel',
  ...ofChannels,
  method: 'get',
  path: '/channels/{name}',
  summary: 'Describe a channel',
  description: 'Connections and users are those of this node.',
  request: { params },
  responses: {
    200: jsonAnswer(
      'The channel.',
      z
        .object({
          channel: z.string(),
          connections: z.int(),
          users: z.int(),
          position: z.string().nullable(),
          history: z.object({ size: z.int(), ttl_ms: z.number() }).nullable(),
        })
        .openapi('Channel'),
    ),
  },
  refusals: [404],
})

/** The contract of reading a log, with limited events per page. */
export function readHistory(maxEvents: number) {
  return operation({
    operationId: 'readChannelHistory',
    ...ofChannels,
    method: 'get',
    path: '/channels/{name}/history',
    summary: 'Read the log of a channel',
    description: 'Channels without `history` have no log, and so no events.',
    request: {
      params,
      query: z.object({
        since: z.string().max(128).optional().openapi({
          description: 'A position; the events after it are returned.',
        }),
        limit: z.coerce.number().int().min(1).max(maxEvents).default(100),
        reverse: flag.default(false),
      }),
    },
    responses: {
      200: jsonAnswer(
        'A part of the log, oldest first unless reversed.',
        z.object({
          events: z.array(event),
          position: z.string().nullable(),
          gaps: z
            .array(z.object({ after: z.string(), next: z.string(), reason: z.literal('damaged') }))
            .optional()
            .openapi({ description: 'The places where damaged events are left out.' }),
        }),
      ),
    },
    refusals: [404],
  })
}

/** The contract of `GET /channels/{name}/presence`. */
export const readPresence = operation({
  operationId: 'readChannelPresence',
  ...ofChannels,
  method: 'get',
  path: '/channels/{name}/presence',
  summary: 'List who is present',
  description: 'In pages, ordered by user id.',
  request: {
    params,
    query: z.object({
      after: z.string().max(512).optional(),
      limit: z.coerce.number().int().min(1).max(MAX_PAGE_USERS).default(100),
    }),
  },
  responses: {
    200: jsonAnswer(
      'A part of those present, by user id.',
      z.object({
        users: z.array(presenceEntry).readonly(),
        count: z.int(),
        next: z.string().nullable().openapi({ description: 'The `after` of the next page.' }),
      }),
    ),
  },
  refusals: [404],
})

/** The contract of `GET /channels/{name}/state`. */
export const readState = operation({
  operationId: 'readChannelState',
  ...ofChannels,
  method: 'get',
  path: '/channels/{name}/state',
  summary: 'Read shared state',
  description: 'The present state. Changes come by a WebSocket or an event stream.',
  request: { params },
  responses: {
    200: jsonAnswer(
      'The state. `emptied` is present, and true, if everything in it was deleted.',
      z.object({ version: z.int(), value: jsonObject, emptied: z.boolean().optional() }),
    ),
  },
  refusals: [404],
})

/** The contract of `GET /channels/{name}/reads`. */
export const readReads = operation({
  operationId: 'readChannelReadMarks',
  ...ofChannels,
  method: 'get',
  path: '/channels/{name}/reads',
  summary: 'List how far each user has read',
  description: 'The read mark of each user, in channels that keep a history.',
  request: { params },
  responses: {
    200: jsonAnswer(
      'The read marks.',
      z.object({
        reads: z.array(
          z.object({
            user_id: z.string(),
            event_id: z.string(),
            position: z.string(),
            read_at: time,
          }),
        ),
      }),
    ),
  },
  refusals: [404],
})
