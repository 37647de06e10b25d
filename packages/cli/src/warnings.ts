import type { HubConfig } from '@coterie/server'

/** The bytes of an HS256 hash: the minimum length of a secret (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES = 32
const MIN_KEY_CHARACTERS = 16

/** Warns an operator about settings that admit nobody, or too many. */
export function warningsOf(config: HubConfig): string[] {
  const { apiKeys = [], jwtSecret, jwt = {}, anonymous, allowShortSecrets } = config
  const warnings: string[] = []
  if (apiKeys.length === 0) {
    warnings.push('no server key: server routes answer 401; set COTERIE_API_KEY')
  } else if (apiKeys.some((key) => key.length < MIN_KEY_CHARACTERS)) {
    warnings.push('a server key has fewer than 16 characters: easy to guess')
  }
  const secrets = [...(jwtSecret === undefined ? [] : [jwtSecret]), ...(jwt.secrets ?? [])]
  const hasKey = secrets.length > 0 || jwt.publicKeys !== undefined || jwt.jwksUrl !== undefined
  if (!hasKey && !anonymous) {
    warnings.push(
      'no JWT key and no anonymous users: connections are refused; set COTERIE_JWT_SECRET, COTERIE_JWKS_URL or COTERIE_ANONYMOUS=true',
    )
  }
  // Short secrets are refused at the start, unless explicitly allowed.
  if (allowShortSecrets && secrets.some((secret) => Buffer.byteLength(secret) < MIN_SECRET_BYTES)) {
    warnings.push('a JWT secret has fewer than 32 bytes: easy to guess')
  }
  if (jwt.jwksUrl !== undefined && jwt.issuer === undefined) {
    warnings.push(
      'no JWT issuer: a token signed by any key of COTERIE_JWKS_URL is accepted; set COTERIE_JWT_ISSUER',
    )
  }
  return warnings
}
