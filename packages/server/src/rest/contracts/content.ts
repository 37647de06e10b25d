import type { z } from 'zod'

/** Describes a JSON answer with a schema. */
export function jsonAnswer<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  example?: unknown,
) {
  const shown = example === undefined ? {} : { example }
  return { description, content: { 'application/json': { schema, ...shown } } }
}

/** Describes a JSON body with a schema. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, example?: unknown) {
  const shown = example === undefined ? {} : { example }
  return { required: true as const, content: { 'application/json': { schema, ...shown } } }
}

/** The header of a list with the URL of its next page. */
export const LINK_HEADER = {
  Link: {
    description: 'Where the next page is, with `rel="next"`; absent on the last.',
    schema: { type: 'string' as const },
    example: '<?user_id=user-456&cursor=bz0x>; rel="next"',
  },
}

/** The answer to a completed request without a result. */
export const NO_CONTENT = { description: 'Done.' }
