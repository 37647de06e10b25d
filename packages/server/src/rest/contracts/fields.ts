import type { JsonValue } from '@coterie/protocol'
import { z } from '@hono/zod-openapi'
import { isWritableTime } from '../../core/iso-time.ts'

const MAX_ID_CHARACTERS = 512
const MAX_KEY_CHARACTERS = 255
/** Levels of nesting below a body; with the body itself, as many as in a frame. */
const MAX_DEPTH = 31
const MAX_PAGE = 1_000_000
const MAX_PAGE_SIZE = 100

/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue }

/** The id of a user. */
export const userId = z.string().min(1).max(MAX_ID_CHARACTERS).openapi({ example: 'user-456' })

/** Any other id in a path. */
export const pathId = z.string().min(1).max(MAX_ID_CHARACTERS)

/** The user that a request is about. */
export const aboutUser = aboutUserWithin(MAX_ID_CHARACTERS)

/** The same, with a limit of characters for the id. */
export function aboutUserWithin(maxCharacters: number) {
  return z.string().min(1).max(maxCharacters).optional().openapi({
    description: 'The user it is about. A user may leave it out to mean themselves.',
    example: 'user-456',
  })
}

/** A time in an answer. */
export const time = z.string().openapi({ format: 'date-time', example: '2025-04-16T10:30:00.000Z' })

/** A time in a request, in any zone; becomes wall time in ms. */
export const timeInput = z.iso
  .datetime({ offset: true, error: 'expected a time with its zone, as 2025-05-16T10:30:00Z' })
  .refine((text) => isWritableTime(Date.parse(text)), 'expected a time of the years 0 to 9999 UTC')
  .openapi({ format: 'date-time' })
  .transform((text) => Date.parse(text))

/** Any JSON value; required, and may be `null`. */
export const jsonValue = z
  .custom<JsonValue>((value) => value !== undefined && isWithin(value, MAX_DEPTH), {
    error: ({ input }) =>
      input === undefined
        ? 'required: expected any JSON value, such as null'
        : `expected a JSON value of at most ${MAX_DEPTH} levels`,
  })
  .openapi({
    type: ['object', 'array', 'string', 'number', 'boolean', 'null'],
    description: 'Any JSON value.',
  } as object)

/** A JSON object, unchanged. */
// Not `z.record`, which would lose a key named `__proto__` before it can be refused.
/** A JSON object with any fields. */
export const jsonObject = z
  .custom<JsonObject>((value) => isObject(value) && isWithin(value, MAX_DEPTH), {
    error: ({ input }) =>
      input === undefined
        ? 'required: expected an object'
        : `expected an object of at most ${MAX_DEPTH} levels`,
  })
  .openapi({ type: 'object', additionalProperties: true })

/** A JSON object with any fields, or null. */
export const nullableJsonObject = jsonObject
  .nullable()
  // A schema with its own type must include null in it.
  .openapi({ type: ['object', 'null'], additionalProperties: true } as object)

/** A query parameter with the value true or false. */
export const flag = z.preprocess(
  (text) => (text === 'true' ? true : text === 'false' ? false : text),
  z.boolean({ error: 'expected true or false' }),
)

/** The parameters of paging through a list. */
export const paging = {
  page: z.coerce.number().int().min(1).max(MAX_PAGE).optional().openapi({
    description: 'Counts from 1. Costs more the further it is; `cursor` does not.',
  }),
  page_size: z.coerce
    .number()
    .int()
    .min(1)
    .default(20)
    .openapi({ description: `Values above ${MAX_PAGE_SIZE} are treated as ${MAX_PAGE_SIZE}.` })
    .transform((size) => Math.min(MAX_PAGE_SIZE, size)),
  cursor: z.string().min(1).max(MAX_ID_CHARACTERS).optional().openapi({
    description:
      'Where to go on: taken from the `Link` of the previous page. Not together with `page`.',
  }),
}

/** The header that identifies a repeated request. */
export const idempotencyHeaders = z.object({
  'Idempotency-Key': idempotencyKey(
    MAX_KEY_CHARACTERS,
    'A request that is repeated with the same key within 24 hours is done once and gets the same ' +
      'answer; another request with this key is refused with 409.',
  ),
})

/** The key of a repeated request, with a limit of characters. */
export function idempotencyKey(maxCharacters: number, description: string) {
  // The draft requires quotes around the string; most clients omit them.
  return z
    .string()
    .transform((text) => /^"(.*)"$/.exec(text)?.[1] ?? text)
    .pipe(z.string().min(1).max(maxCharacters))
    .optional()
    .openapi({
      description,
      example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
    })
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isWithin(inner, levels - 1))
}
