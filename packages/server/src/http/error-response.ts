import { ERRORS, type ErrorCode, type RealtimeError } from '@coterie/protocol'

/** Stops browsers from guessing another media type. */
export const NO_SNIFFING = { 'X-Content-Type-Options': 'nosniff' }

const DEFAULT_RETRY_MS = 1_000

const CODES = new WeakMap<Response, ErrorCode>()

/** Returns the error code of an answer; undefined for other answers. */
export function errorCodeOf(response: Response): ErrorCode | undefined {
  return CODES.get(response)
}

/**
 * Makes the response that refuses a request.
 *
 * @param status the HTTP status, if it differs from that of the code
 */
export function errorResponse(
  { code, message, details }: RealtimeError,
  status: number = ERRORS[code].status,
): Response {
  const headers: Record<string, string> = { 'Cache-Control': 'no-store', ...NO_SNIFFING }
  if (code === 'rate_limited') headers['Retry-After'] = retryAfter(details?.retry_after_ms)
  const response = Response.json({ error: { code, message, details } }, { status, headers })
  CODES.set(response, code)
  return response
}

// Whole seconds (RFC 9110 section 10.2.3), rounded up.
function retryAfter(retryAfterMs: unknown): string {
  const waitMs = typeof retryAfterMs === 'number' ? retryAfterMs : DEFAULT_RETRY_MS
  return String(Math.max(1, Math.ceil(waitMs / 1_000)))
}
