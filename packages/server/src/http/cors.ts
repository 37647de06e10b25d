const EXPOSED = { 'Access-Control-Expose-Headers': 'Link, Retry-After' }

/**
 * Returns the headers that let a page of an origin read an answer.
 *
 * Without configured origins every page may, but not with cookies: its token
 * decides what it may do.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function corsHeaders(
  origin: string | undefined,
  allowedOrigins: readonly string[],
): Record<string, string> {
  if (origin === undefined) return {}
  if (allowedOrigins.length === 0) return { 'Access-Control-Allow-Origin': '*', ...EXPOSED }
  if (!allowedOrigins.includes(origin)) return { Vary: 'Origin' }
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    Vary: 'Origin',
    ...EXPOSED,
  }
}

/** Headers that clients are known to send; pages may ask for more. */
const ALLOWED_HEADERS = [
  'Authorization',
  'Cache-Control',
  'Content-Type',
  'Idempotency-Key',
  'Last-Event-ID',
]
/** A list of header names as a browser writes it (RFC 9110 section 5.1). */
const HEADER_NAMES = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:, ?[a-z0-9!#$%&'*+.^_`|~-]+)*$/
const MAX_ASKED_CHARACTERS = 1_024

/**
 * Answers the preflight of a browser before it sends a request with a token.
 *
 * Only credentials decide about access, so a page may send any other headers that
 * its tools add, such as those of tracing.
 *
 * @param asked the requested headers (`Access-Control-Request-Headers`)
 */
export function preflightResponse(headers: Record<string, string>, asked = ''): Response {
  const isList = asked.length <= MAX_ASKED_CHARACTERS && HEADER_NAMES.test(asked)
  const known = new Set(ALLOWED_HEADERS.map((name) => name.toLowerCase()))
  const added = isList ? asked.split(/, ?/).filter((name) => !known.has(name)) : []
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
      'Access-Control-Allow-Headers': [...ALLOWED_HEADERS, ...added].join(', '),
      'Access-Control-Max-Age': '600',
    },
  })
}
