/** The headers of a request that may identify who sends it. */
export interface GivenCredentials {
  readonly authorization?: string | undefined
  readonly cookie?: string | undefined
}

const REALM = 'realm="coterie"'
const TOKEN_COOKIE = /(^|[; ])coterie_token=/

/**
 * Returns the header by which an answer asks for other credentials; nothing
 * where its status does not.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
export function challengeHeaders(
  status: number,
  { authorization = '', cookie = '' }: GivenCredentials,
): Record<string, string> {
  const hasToken = /^Bearer\b/i.test(authorization)
  if (status === 403 && hasToken) return challenge('insufficient_scope')
  if (status !== 401) return {}
  return hasToken || TOKEN_COOKIE.test(cookie) ? challenge('invalid_token') : challenge()
}

/** Asks for the session of an open connection, which no token can stand for. */
export const SESSION_CHALLENGE = `Session ${REALM}`

function challenge(error?: 'invalid_token' | 'insufficient_scope'): Record<string, string> {
  const why = error === undefined ? '' : `, error="${error}"`
  return { 'WWW-Authenticate': `Bearer ${REALM}${why}` }
}
