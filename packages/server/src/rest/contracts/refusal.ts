import { ERRORS, type ErrorCode } from '@coterie/protocol'
import { z } from '@hono/zod-openapi'

/** The one shape of everything that is refused. */
export const refusal = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
      message: z
        .string()
        .openapi({ description: 'For people: what was wrong, and what is right.' }),
      details: z
        .record(z.string(), z.unknown())
        .optional()
        .openapi({ description: 'For programs, such as `field`.' }),
    }),
  })
  .openapi('Error', {
    example: { error: { code: 'not_found', message: 'there is no such notification' } },
  })

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: '`invalid_payload`: the request cannot be read, or a value in it is refused.',
  401: '`unauthorized`: nothing says who is calling, or what says so is not valid.',
  403: '`forbidden`: the caller may not do this, or not for this user.',
  404: '`not_found`: there is no such thing, or none that the caller may know of.',
  409: '`conflict`: it is no longer, or not yet, as it would have to be.',
  413: '`too_large`: the body has too many bytes.',
  422: '`invalid_payload`: the body is JSON of another shape; `details.field` says where.',
  429: '`rate_limited`, with `Retry-After`, or `limit_exceeded`: there are too many.',
  500: '`internal`: a fault of the server, which has logged it.',
  503: '`unavailable`: what the server depends on does not answer; try again later.',
}

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Seconds to wait before the same is tried again.',
    schema: { type: 'integer' as const },
  },
}

const CHALLENGE = {
  'WWW-Authenticate': {
    description: 'How to say who is calling (RFC 6750).',
    schema: { type: 'string' as const },
  },
}

/** Describes the answers that refuse, by their statuses. */
export function refusals(statuses: Iterable<number>) {
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      {
        description: DESCRIPTIONS[status] ?? '',
        content: { 'application/json': { schema: refusal } },
        ...(status === 401 && { headers: CHALLENGE }),
        ...(status === 429 && { headers: RETRY_AFTER }),
      },
    ]),
  )
}
