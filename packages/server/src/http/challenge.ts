/** The headers of a request that may identify the caller. */
export interface GivenCredentials {
  readonly authorization?: string | undefined
  readonly cookie?: string | undefined
}

const REALM = 'realm="coterie"'
const TOKEN_COOKIE = /(^|[; ])coterie_token=/

/**
 * Returns the header of an answer that asks for other credentials; none for a
 * status that does not.
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

/** Asks for the session of an open connection; a token cannot replace it. */
export const SESSION_CHALLENGE = `Session ${REALM}`

function challenge(error?: 'invalid_token' | 'insufficient_scope'): Record<string, string> {
  const why = error === undefined ? '' : `, error="${error}"`
  return { 'WWW-Authenticate': `Bearer ${REALM}${why}` }
}
