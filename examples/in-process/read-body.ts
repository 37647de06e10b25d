import type { Context } from 'hono'

/** A body with the fields that were asked for, or what is wrong with it. */
export type Body<Field extends string> =
  | { readonly ok: true; readonly value: Readonly<Record<Field, string>> }
  | { readonly ok: false; readonly error: string }

/** Reads a JSON body whose fields are texts. */
export async function readBody<Field extends string>(
  context: Context,
  fields: readonly Field[],
): Promise<Body<Field>> {
  const body: unknown = await context.req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null) return { ok: false, error: 'send a JSON object' }
  for (const field of fields) {
    const value: unknown = Reflect.get(body, field)
    if (typeof value !== 'string' || value === '') {
      return { ok: false, error: `${field}: expected a text` }
    }
  }
  return { ok: true, value: body as Record<Field, string> }
}
