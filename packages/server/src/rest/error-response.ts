import { ERRORS, type RealtimeError } from '@coterie/protocol'

/** Keeps browsers from taking an answer for something that it is not. */
export const NO_SNIFFING = { 'X-Content-Type-Options': 'nosniff' }

const DEFAULT_RETRY_MS = 1_000

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
  return Response.json({ error: { code, message, details } }, { status, headers })
}

// In whole seconds (RFC 9110 section 10.2.3), and never too early.
function retryAfter(retryAfterMs: unknown): string {
  const waitMs = typeof retryAfterMs === 'number' ? retryAfterMs : DEFAULT_RETRY_MS
  return String(Math.max(1, Math.ceil(waitMs / 1_000)))
}
