import type { Context, TypedResponse } from 'hono'

/** Answers with JSON text. */
export function jsonText(
  context: Context,
  text: string,
): Response & TypedResponse<never, 200, 'json'> {
  return context.body(text, 200, { 'Content-Type': 'application/json' }) as never
}
