import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'

/** Algorithms whose keys can verify but not sign. */
export const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

/** An algorithm whose keys can verify but not sign. */
export type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number]

/** A public key as PEM text or as a JSON Web Key. */
export type PublicKeyText = string | Readonly<Record<string, unknown>>

/** A key and its only algorithm, whatever a token says. */
export interface TokenKey {
  readonly algorithm: PublicKeyAlgorithm | 'HS256'
  readonly key: KeyObject
}

/** RFC 7518 section 3.3. */
const MIN_RSA_BITS = 2_048

/** Makes a key of a shared secret. */
export function secretKey(secret: string): TokenKey {
  return { algorithm: 'HS256', key: createSecretKey(secret, 'utf8') }
}

/**
 * Reads a public key; its kind decides the algorithm.
 *
 * @throws {Error} saying what is expected, without any part of the key
 */
export function publicKey(text: PublicKeyText): TokenKey {
  if (isPrivate(text)) throw new Error('expected the public key; this is a private one')
  const key = readKey(text)
  const algorithm = algorithmOf(key)
  const { alg, use } = typeof text === 'string' ? {} : text
  if (alg !== undefined && alg !== algorithm) {
    throw new Error(`expected "alg" to be ${algorithm}, which is what this kind of key is for`)
  }
  if (use !== undefined && use !== 'sig') throw new Error('expected "use" to be "sig"')
  return { algorithm, key }
}

function isPrivate(text: PublicKeyText): boolean {
  return typeof text === 'string' ? text.includes('PRIVATE KEY') : 'd' in text || 'k' in text
}

function readKey(text: PublicKeyText): KeyObject {
  try {
    return typeof text === 'string'
      ? createPublicKey(text)
      : createPublicKey({ key: text as JsonWebKey, format: 'jwk' })
  } catch (cause) {
    const expected = 'expected a public key as PEM ("-----BEGIN PUBLIC KEY-----") or JSON Web Key'
    throw new Error(expected, { cause })
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): PublicKeyAlgorithm {
  const { modulusLength = 0, namedCurve } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'rsa') {
    if (modulusLength < MIN_RSA_BITS) {
      throw new Error(`expected an RSA key of at least ${MIN_RSA_BITS} bits`)
    }
    return 'RS256'
  }
  if (asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256'
  if (asymmetricKeyType === 'ed25519') return 'EdDSA'
  throw new Error('expected a key for RS256 (RSA), ES256 (P-256) or EdDSA (Ed25519)')
}
