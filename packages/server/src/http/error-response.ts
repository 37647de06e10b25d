import { ERRORS, type ErrorCode, type RealtimeError } from '@coterie/protocol'

/** Keeps browsers from taking an answer for something that it is not. */
export const NO_SNIFFING = { 'X-Content-Type-Options': 'nosniff' }

const DEFAULT_RETRY_MS = 1_000

const CODES = new WeakMap<Response, ErrorCode>()

/** Returns the code that an answer refuses with; undefined for any other. */
export function errorCodeOf(response: Response): ErrorCode | undefined {
  return CODES.get(response)
}

/**
 * Makes the answer to a request that is refused.
 *
 * @param status the HTTP status, where it is not that of the code
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

// In whole seconds (RFC 9110 section 10.2.3), and never too early.
function retryAfter(retryAfterMs: unknown): string {
  const waitMs = typeof retryAfterMs === 'number' ? retryAfterMs : DEFAULT_RETRY_MS
  return String(Math.max(1, Math.ceil(waitMs / 1_000)))
}
