import { createPublicKey, X509Certificate } from 'node:crypto'
import { z } from 'zod'

/** The least bytes of a secret: HS256 requires as many (RFC 7518 section 3.2). */
export const MIN_SECRET_BYTES = 32
/** A command that prints a random secret, wherever Node is installed. */
const MAKE_SECRET = `node -p "crypto.randomBytes(32).toString('base64url')"`

/** A secret that signs tokens with HS256. */
export const sharedSecret = z.string({ error: describeMissing }).superRefine((secret, context) => {
  const message = secret === '' ? describeMissing() : describePublished(secret)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

/** Says what is wrong with a secret that is too short; undefined if it is valid. */
export function describeShort(secret: string): string | undefined {
  const bytes = Buffer.byteLength(secret)
  if (bytes >= MIN_SECRET_BYTES) return undefined
  return `expected ${MIN_SECRET_BYTES} bytes or more, got ${bytes}; make one with ${MAKE_SECRET}, or accept short ones with allowShortSecrets: true`
}

function describeMissing(): string {
  return `expected the secret of user tokens (COTERIE_JWT_SECRET); make one with ${MAKE_SECRET}, or leave the option out`
}

// A public key is known to everybody, so everybody could sign with it.
function describePublished(secret: string): string | undefined {
  return isKey(secret) || isKey(Buffer.from(secret, 'base64').toString('latin1'))
    ? 'expected a secret that only your servers know; this is a key or certificate, which belongs to jwt.publicKeys'
    : undefined
}

function isKey(text: string): boolean {
  return /-----BEGIN |^\s*(ssh|ecdsa|sk)-\S+ AAAA/.test(text) || isJsonWebKey(text) || isDer(text)
}

function isJsonWebKey(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && ('kty' in value || 'keys' in value)
  } catch {
    return false
  }
}

function isDer(text: string): boolean {
  const key = Buffer.from(text, 'base64')
  return [
    () => createPublicKey({ key, format: 'der', type: 'spki' }),
    () => createPublicKey({ key, format: 'der', type: 'pkcs1' }),
    () => new X509Certificate(key),
  ].some(succeeds)
}

function succeeds(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
