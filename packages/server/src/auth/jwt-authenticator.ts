import { type Result, refuse } from '@coterie/protocol'
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
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

/** Characters that a token may have; the `auth` frame allows no more. */
const MAX_TOKEN_CHARACTERS = 16_384

/** Three texts of base64url, of which the last is the signature (RFC 7515 section 7.1). */
const COMPACT = /^[\w-]+\.[\w-]+\.([\w-]+)$/

/** What verifying tokens needs. */
export interface JwtParts {
  readonly clock: Clock
  readonly logger: Logger
  /** @default that of the platform */
  readonly fetch?: Fetch
}

/** What a token says before anybody knows whether it is true. */
interface TokenHead {
  readonly algorithm: unknown
  readonly keyId: string | undefined
  readonly issuer: unknown
}

/** The payload of a token whose signature holds; undefined where it does not. */
type Verified = { readonly payload: JWTPayload } | ReturnType<typeof refuse> | undefined

/**
 * Verifies JSON Web Tokens.
 *
 * Each key has one algorithm, by what it is and not by what a token says (RFC
 * 8725 section 3.1); a key inside a token, or where a token says that it is, is
 * never looked at. A token without `exp` is refused.
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
    // Nobody is asked for the key of a stranger.
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
    const options: JWTVerifyOptions = {
      algorithms: [algorithm],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: clockToleranceMs / 1_000,
      currentDate: new Date(this.#clock.now()),
      ...(issuers.length > 0 && { issuer: [...issuers] }),
      ...(audiences.length > 0 && { audience: [...audiences] }),
    }
    try {
      return await jwtVerify(token, key, options)
    } catch (error) {
      return claimProblem(error)
    }
  }

  #accept(verified: NonNullable<Verified>): Result<Principal> {
    if ('error' in verified) return verified
    return readClaims(verified.payload, this.#clock.now() + this.#settings.clockToleranceMs)
  }
}

/** Refuses every token, for a server that has no key to verify one with. */
export const noAuthenticator: Authenticator = {
  authenticate: async () => refuse('unauthorized', 'this server accepts no tokens'),
}

/** Makes what verifies tokens as configured. */
export function createJwtAuthenticator(settings: JwtSettings, parts: JwtParts): Authenticator {
  const { secrets, publicKeys, jwksUrl } = settings
  const hasKey = secrets.length + publicKeys.length > 0 || jwksUrl !== undefined
  return hasKey ? new JwtAuthenticator(settings, parts) : noAuthenticator
}

// Readers of base64 pass over what does not belong there, so that one token had many spellings.
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

/** Says what is wrong with the claims of a token whose signature holds. */
function claimProblem(error: unknown): ReturnType<typeof refuse> | undefined {
  if (error instanceof errors.JWTExpired) return tokenExpired()
  if (error instanceof errors.JWTClaimValidationFailed) {
    const problem = error.reason === 'missing' ? 'missing' : 'wrong'
    return refuse('unauthorized', `the token's claim ${error.claim} is ${problem}`)
  }
  return undefined
}
