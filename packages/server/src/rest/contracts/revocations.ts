import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody, LINK_HEADER, NO_CONTENT } from './content.ts'
import { time, timeInput } from './fields.ts'
import { operation, SERVER_KEY } from './operation.ts'

const ofRevocations = { tags: ['Access'], security: SERVER_KEY }
const MAX_ID_CHARACTERS = 128
const id = z.string().min(1).max(MAX_ID_CHARACTERS)
const target = {
  user_id: id.optional().openapi({ description: 'The claim `sub`.' }),
  session_id: id.optional().openapi({ description: 'The claim `sid`.' }),
  token_id: id.optional().openapi({ description: 'The claim `jti`.' }),
}

const revocation = z
  .object({
    user_id: z.string().nullable(),
    session_id: z.string().nullable(),
    token_id: z.string().nullable(),
    reason: z.string().nullable(),
    revoked_at: time,
    until: time,
  })
  .openapi('Revocation')

/** The contract of `POST /revocations`. */
export const revokeTokens = operation({
  operationId: 'revokeTokens',
  ...ofRevocations,
  method: 'post',
  path: '/revocations',
  summary: 'Revoke tokens',
  description:
    'Give exactly one of `user_id`, `session_id` and `token_id`. For a user, tokens that were ' +
    'made until now and tokens without `iat` are revoked. Connections with revoked tokens end ' +
    'with 4501 on every node, and these tokens are refused from then on.',
  request: {
    body: jsonBody(
      z.strictObject({
        ...target,
        reason: z.string().min(1).max(100).optional().openapi({
          description: 'Shown to clients that use such a token.',
        }),
        until: timeInput.optional().openapi({
          description:
            'When it ends: a time by which the tokens have expired. Without it, in 30 days.',
        }),
      }),
      { session_id: 'sign-in-123', reason: 'signed out' },
    ),
  },
  responses: { 204: NO_CONTENT },
})

/** The contract of `GET /revocations`. */
export const listRevocations = operation({
  operationId: 'listRevocations',
  ...ofRevocations,
  method: 'get',
  path: '/revocations',
  summary: 'List revocations in force',
  description: 'Revocations of users, sign-ins and single tokens.',
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1_000).default(100).openapi({ type: 'integer' }),
      after: z.string().min(1).max(512).optional().openapi({
        description: 'Where to go on: taken from the `Link` of the previous page.',
      }),
    }),
  },
  responses: {
    200: {
      ...jsonAnswer('A page of them.', z.object({ revocations: z.array(revocation) })),
      headers: LINK_HEADER,
    },
  },
})

/** The contract of `DELETE /revocations`. */
export const liftRevocation = operation({
  operationId: 'liftRevocation',
  ...ofRevocations,
  method: 'delete',
  path: '/revocations',
  summary: 'Take a revocation back',
  description: 'Tokens that have not expired are accepted again.',
  request: { query: z.object(target) },
  responses: { 204: NO_CONTENT },
  refusals: [404],
})
