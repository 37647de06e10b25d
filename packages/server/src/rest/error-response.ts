import { ERRORS, type RealtimeError } from '@coterie/protocol'

/**
 * Makes the answer to a request that is refused.
 *
 * @param status the HTTP status, where it is not that of the code
 */
export function errorResponse(
  { code, message, details }: RealtimeError,
  status: number = ERRORS[code].status,
): Response {
  return Response.json(
    { error: { code, message, details } },
    { status, headers: { 'Cache-Control': 'no-store' } },
  )
}
