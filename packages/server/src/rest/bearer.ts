import type { Context } from 'hono'

/** Returns what a request brings as `Authorization: Bearer`; undefined when it brings nothing. */
export function bearerOf(context: Context): string | undefined {
  return /^Bearer +(.+)$/i.exec(context.req.header('Authorization') ?? '')?.[1]
}
