import { ERRORS, type RealtimeError } from '@coterie/protocol'

/** Makes the answer to a request that is refused. */
export function errorResponse({ code, message, details }: RealtimeError): Response {
  return Response.json(
    { error: { code, message, details } },
    { status: ERRORS[code].status, headers: { 'Cache-Control': 'no-store' } },
  )
}
