import { RealtimeError } from '@coterie/protocol'
import { HTTPException } from 'hono/http-exception'
import type { z } from 'zod'
import { errorResponse } from '../http/error-response.ts'

/** Well-formed JSON that does not fit the schema (RFC 9110 section 15.5.21). */
export const UNPROCESSABLE_CONTENT = 422

/**
 * Answers a request that does not fit its schema: 422 for a body, 400 for
 * everything else.
 */
export function refuseInvalid(
  result: { target: string } & ({ success: true } | { success: false; error: z.ZodError }),
): Response | undefined {
  if (result.success) return undefined
  const isBody = result.target === 'json'
  const { field, problem } = describeIssue(result.error.issues[0], isBody ? 'body' : result.target)
  const error = new RealtimeError('invalid_payload', `${field}: ${problem}`, { details: { field } })
  return errorResponse(error, isBody ? UNPROCESSABLE_CONTENT : undefined)
}

/** Makes the error for a missing or wrong field of a body. */
export function unprocessable(field: string, problem: string): HTTPException {
  const error = new RealtimeError('invalid_payload', `${field}: ${problem}`, { details: { field } })
  return new HTTPException(UNPROCESSABLE_CONTENT, {
    res: errorResponse(error, UNPROCESSABLE_CONTENT),
  })
}

function describeIssue(
  issue: z.core.$ZodIssue | undefined,
  whole: string,
): { field: string; problem: string } {
  const path = issue?.path.join('.') ?? ''
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return { field: path === '' ? key : `${path}.${key}`, problem: `there is no field ${key}` }
  }
  return { field: path || whole, problem: issue?.message ?? 'not valid' }
}
