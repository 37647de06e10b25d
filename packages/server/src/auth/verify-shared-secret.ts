import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import {
  decodeProtectedHeader,
  type JWTClaimVerificationOptions,
  type JWTPayload,
  UnsecuredJWT,
} from 'jose'

/** The header of a token without a signature (RFC 7519 section 6.1). */
const UNSECURED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url')

/**
 * Verifies a token that is signed with a shared secret by HS256; undefined where
 * the signature is wrong, or the header names an extension (RFC 7515 section 4.1.11).
 *
 * It takes some microseconds, where a thread would take longer to wake up.
 *
 * @param token in compact form, with a signature in canonical base64url
 * @throws {errors.JOSEError} for claims that the options do not allow
 */
export function verifySharedSecret(
  token: string,
  secret: KeyObject,
  options: JWTClaimVerificationOptions,
): { readonly payload: JWTPayload } | undefined {
  if (decodeProtectedHeader(token).crit !== undefined) return undefined
  const [header, payload, signature = ''] = token.split('.')
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  // The claims are checked by the library, which wants a token for that.
  return UnsecuredJWT.decode(`${UNSECURED_HEADER}.${payload}.`, options)
}
