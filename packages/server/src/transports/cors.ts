const EXPOSED = { 'Access-Control-Expose-Headers': 'Link, Retry-After' }

/**
 * Returns the headers that let a page of this origin read an answer.
 *
 * Where no origins are configured every page may, without its cookies: what it
 * may do is decided by the token that it brings.
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

/** Answers the question that a browser asks before it sends a request with a token. */
export function preflightResponse(headers: Record<string, string>): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key, Last-Event-ID',
      'Access-Control-Max-Age': '600',
    },
  })
}
