import { ERRORS, type ErrorCode } from '@coterie/protocol'
import { z } from '@hono/zod-openapi'
import { jsonObject } from './fields.ts'

interface Status {
  /** The name of the schema. */
  readonly name: string
  readonly codes: readonly [ErrorCode, ...ErrorCode[]]
  readonly means: string
  readonly example: string
}

/** The common format of all refusals. */
export const refusal = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
      message: z
        .string()
        .openapi({ description: 'For people: what was wrong, and what would be right.' }),
      details: jsonObject.optional().openapi({ description: 'For programs, such as `field`.' }),
    }),
  })
  .openapi('Error', {
    example: { error: { code: 'not_found', message: 'there is no such notification' } },
  })

/** The meaning of each status, and its codes; the first one is the example. */
const STATUSES: Readonly<Record<number, Status>> = {
  400: {
    name: 'InvalidRequest',
    codes: ['invalid_payload', 'invalid_channel'],
    means: 'The request cannot be read, or a value in it is refused.',
    example: 'page_size: expected a number',
  },
  401: {
    name: 'Unauthorized',
    codes: ['unauthorized'],
    means: 'Credentials are missing or not valid.',
    example: 'send "Authorization: Bearer <server key or user token>"',
  },
  403: {
    name: 'Forbidden',
    codes: ['forbidden'],
    means: 'The caller may not do this, or not for this user.',
    example: 'this is for the application alone: send a server key',
  },
  404: {
    name: 'NotFound',
    codes: ['not_found', 'unknown_channel'],
    means: 'It does not exist, or the caller may not know of it.',
    example: 'there is no such notification',
  },
  409: {
    name: 'Conflict',
    codes: ['conflict'],
    means: 'The present state does not allow it.',
    example: 'the key was used for another request',
  },
  413: {
    name: 'TooLarge',
    codes: ['too_large'],
    means: 'The body has too many bytes.',
    example: 'a body has at most 65536 bytes',
  },
  422: {
    name: 'UnprocessableContent',
    codes: ['invalid_payload'],
    means: 'The body is JSON of another shape; `details.field` says where.',
    example: 'title: expected a string',
  },
  429: {
    name: 'TooManyRequests',
    codes: ['rate_limited', 'limit_exceeded'],
    means:
      '`rate_limited`: too many requests, wait for `Retry-After`; `limit_exceeded`: too many of something.',
    example: 'too many requests: slow down',
  },
  500: {
    name: 'InternalError',
    codes: ['internal'],
    means: 'A fault of the server, which has logged it.',
    example: 'the server could not do this now',
  },
  503: {
    name: 'Unavailable',
    codes: ['unavailable', 'timeout'],
    means: 'The engine, the store or a key server does not answer; try again later.',
    example: 'the server could not do this now',
  },
}

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Seconds to wait before trying again.',
    schema: { type: 'integer' as const },
  },
}

const CHALLENGE = {
  'WWW-Authenticate': {
    description: 'Which credentials are expected (RFC 6750).',
    schema: { type: 'string' as const },
  },
}

/** Describes refusals by their statuses. */
export function refusals(statuses: Iterable<number>) {
  return Object.fromEntries(
    [...statuses].flatMap((status) => {
      const described = ANSWERS.get(status)
      return described ? [[status, described]] : []
    }),
  )
}

const ANSWERS = new Map(
  Object.entries(STATUSES).map(([status, described]) => [
    Number(status),
    {
      description: `${described.codes.map((code) => `\`${code}\``).join(', ')}. ${described.means}`,
      content: {
        'application/json': { schema: schemaOf(described), example: exampleOf(described) },
      },
      ...(status === '401' && { headers: CHALLENGE }),
      ...(status === '429' && { headers: RETRY_AFTER }),
    },
  ]),
)

function schemaOf(status: Status) {
  const error = z.object({ code: z.enum(status.codes), message: z.string() })
  return refusal.extend({ error }).openapi(status.name, { example: exampleOf(status) })
}

function exampleOf({ codes: [code], example }: Status) {
  return { error: { code, message: example } }
}
