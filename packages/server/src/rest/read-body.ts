import { RealtimeError } from '@coterie/protocol'
import type { Context } from 'hono'
import type { z } from 'zod'
import { errorResponse } from './error-response.ts'

/** JSON that is well-formed and still not what is asked for (RFC 9110 section 15.5.21). */
const UNPROCESSABLE_CONTENT = 422

/** Reads the body of a request as JSON of a shape, or answers what is wrong with it. */
export async function readBody<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
): Promise<Response | z.output<Schema>> {
  let value: unknown
  try {
    value = JSON.parse(await context.req.text())
  } catch {
    return errorResponse(new RealtimeError('invalid_payload', 'the body is not JSON'))
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') || 'body'
  const message = `${field}: ${issue?.message}`
  return errorResponse(
    new RealtimeError('invalid_payload', message, { field }),
    UNPROCESSABLE_CONTENT,
  )
}
