import { KeyObject } from 'node:crypto'
import { type Result, refuse } from '@coterie/protocol'
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTClaimVerificationOptions,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Principal } from '../ports/principal.ts'
import type { Fetch } from './fetch-jwks.ts'
import { JwksKeys } from './jwks-keys.ts'
import { readClaims } from './jwt-claims.ts'
import type { JwtSettings } from './jwt-options.ts'
import { tokenExpired } from './token-expired.ts'
import { publicKey, secretKey, type TokenKey } from './token-key.ts'
import { verifySharedSecret } from './verify-shared-secret.ts'

/** Characters of a token at most; the `auth` frame allows no longer one. */
const MAX_TOKEN_CHARACTERS = 16_384

/** Three base64url texts; the last is the signature (RFC 7515 section 7.1). */
const COMPACT = /^[\w-]+\.[\w-]+\.([\w-]+)$/

/** The parts that verifying tokens needs. */
export interface JwtParts {
  readonly clock: Clock
  readonly logger: Logger
  /** @default the platform's `fetch` */
  readonly fetch?: Fetch
}

/** The unverified parts of a token that select its key. */
interface TokenHead {
  readonly algorithm: unknown
  readonly keyId: string | undefined
  readonly issuer: unknown
}

/** The payload of a token with a valid signature; undefined for an invalid one. */
type Verified = { readonly payload: JWTPayload } | ReturnType<typeof refuse> | undefined

/**
 * Verifies JSON Web Tokens.
 *
 * Each key has one algorithm, which depends on the key and never on the token
 * (RFC 8725 section 3.1). A key inside a token, or at a URL in the token, is
 * ignored. A token without `exp` is refused.
 */
export class JwtAuthenticator implements Authenticator {
  readonly #settings: JwtSettings
  readonly #clock: Clock
  readonly #keys: readonly TokenKey[]
  readonly #jwks: JwksKeys | undefined

  constructor(settings: JwtSettings, { clock, logger, fetch = globalThis.fetch }: JwtParts) {
    this.#settings = settings
    this.#clock = clock
    this.#keys = [...settings.secrets.map(secretKey), ...settings.publicKeys.map(publicKey)]
    const { jwksUrl: url } = settings
    this.#jwks = url === undefined ? undefined : new JwksKeys({ url, fetch, clock, logger })
  }

  start(): void {
    void this.#jwks?.load()
  }

  async authenticate(token: string): Promise<Result<Principal>> {
    const head = isCompact(token) ? readHead(token) : undefined
    if (!head) return refuseToken()
    for (const { algorithm, key } of this.#keys) {
      if (algorithm !== head.algorithm) continue
      const verified = await this.#verify(token, key, algorithm)
      if (verified) return this.#accept(verified)
    }
    return this.#jwks ? this.#authenticateBy(this.#jwks, token, head) : refuseToken()
  }

  async #authenticateBy(
    jwks: JwksKeys,
    token: string,
    head: TokenHead,
  ): Promise<Result<Principal>> {
    const { algorithms, issuers } = this.#settings
    const alg = algorithms.find((algorithm) => algorithm === head.algorithm)
    if (!alg) return refuseToken()
    // The issuer is not asked for keys of other issuers.
    if (issuers.length > 0 && !issuers.some((issuer) => issuer === head.issuer)) {
      return refuse('unauthorized', "the token's claim iss is wrong")
    }
    const verified = await jwks.verify({ alg, kid: head.keyId }, (key) =>
      this.#verify(token, key, alg),
    )
    if (!verified.ok) return verified
    return verified.value ? this.#accept(verified.value) : refuseToken()
  }

  async #verify(
    token: string,
    key: TokenKey['key'] | CryptoKey,
    algorithm: string,
  ): Promise<Verified> {
    const { issuers, audiences, clockToleranceMs } = this.#settings
    const options: JWTClaimVerificationOptions = {
      requiredClaims: ['sub', 'exp'],
      clockTolerance: clockToleranceMs / 1_000,
      currentDate: new Date(this.#clock.now()),
      ...(issuers.length > 0 && { issuer: [...issuers] }),
      ...(audiences.length > 0 && { audience: [...audiences] }),
    }
    try {
      return key instanceof KeyObject && key.type === 'secret'
        ? verifySharedSecret(token, key, options)
        : await jwtVerify(token, key, { ...options, algorithms: [algorithm] })
    } catch (error) {
      return claimProblem(error)
    }
  }

  #accept(verified: NonNullable<Verified>): Result<Principal> {
    if ('error' in verified) return verified
    return readClaims(verified.payload, this.#clock.now() + this.#settings.clockToleranceMs)
  }
}

/** Refuses every token, for a server without any key to verify one. */
export const noAuthenticator: Authenticator = {
  authenticate: async () => refuse('unauthorized', 'this server accepts no tokens'),
}

/** Makes the authenticator that the configuration describes. */
export function createJwtAuthenticator(settings: JwtSettings, parts: JwtParts): Authenticator {
  const { secrets, publicKeys, jwksUrl } = settings
  const hasKey = secrets.length + publicKeys.length > 0 || jwksUrl !== undefined
  return hasKey ? new JwtAuthenticator(settings, parts) : noAuthenticator
}

// Lenient base64 decoders skip invalid characters, so one token would have many spellings.
function isCompact(token: string): boolean {
  const signature = COMPACT.exec(token)?.[1]
  if (token.length > MAX_TOKEN_CHARACTERS || signature === undefined) return false
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

function readHead(token: string): TokenHead | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    const keyId = typeof kid === 'string' ? kid : undefined
    return { algorithm: alg, keyId, issuer: decodeJwt(token).iss }
  } catch {
    return undefined
  }
}

function refuseToken(): ReturnType<typeof refuse> {
  return refuse('unauthorized', 'the token is not valid')
}

/** Says what is wrong with the claims of a token with a valid signature. */
function claimProblem(error: unknown): ReturnType<typeof refuse> | undefined {
  if (error instanceof errors.JWTExpired) return tokenExpired()
  if (error instanceof errors.JWTClaimValidationFailed) {
    const problem = error.reason === 'missing' ? 'missing' : 'wrong'
    return refuse('unauthorized', `the token's claim ${error.claim} is ${problem}`)
  }
  return undefined
}
