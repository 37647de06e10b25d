import type { z } from 'zod'

/** Describes an answer that is JSON of a shape. */
export function jsonAnswer<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  example?: unknown,
) {
  const shown = example === undefined ? {} : { example }
  return { description, content: { 'application/json': { schema, ...shown } } }
}

/** Describes a body that has to be JSON of a shape. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, example?: unknown) {
  const shown = example === undefined ? {} : { example }
  return { required: true as const, content: { 'application/json': { schema, ...shown } } }
}

/** The header of a list that says where its next page is. */
export const LINK_HEADER = {
  Link: {
    description: 'Where the next page is, with `rel="next"`; absent on the last.',
    schema: { type: 'string' as const },
    example: '<?user_id=user-456&cursor=bz0x>; rel="next"',
  },
}

/** The answer to something that is done and has nothing to tell. */
export const NO_CONTENT = { description: 'Done.' }
