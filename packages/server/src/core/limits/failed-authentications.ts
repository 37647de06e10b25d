import type { Err, RealtimeError, Result } from '@coterie/protocol'
import { addressGroup } from './address-group.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** The reason in the refusal of an expired token. */
export const TOKEN_EXPIRED = 'token_expired'
/** The reason in the refusal of a revoked token that is valid otherwise. */
export const TOKEN_REVOKED = 'token_revoked'

const NO_GUESSES: ReadonlySet<unknown> = new Set([TOKEN_EXPIRED, TOKEN_REVOKED])

/**
 * Limits how often an address learns that a token, key, ticket or session is wrong.
 *
 * Valid credentials always pass, because a whole office may share one address.
 * An expired or revoked token is not a guess, and does not count: after a night,
 * all clients come with one. An unknown address
 * has no limit.
 */
export class FailedAuthentications {
  readonly #limiter: RateLimiter

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter
  }

  /** Verifies credentials; after too many wrong ones, refuses with `rate_limited`. */
  async guard<T>(address: string, verify: () => Promise<Result<T>>): Promise<Result<T>> {
    const verified = await verify()
    return verified.ok || !isGuess(verified.error) ? verified : this.failed(address, verified)
  }

  /** Counts wrong credentials; after too many, refuses with `rate_limited`. */
  failed(address: string, refusal: Err<RealtimeError>): Err<RealtimeError> {
    if (address === '') return refusal
    return this.#limiter.take(addressGroup(address)) ?? refusal
  }
}

function isGuess({ code, details }: RealtimeError): boolean {
  return code === 'unauthorized' && !NO_GUESSES.has(details?.reason)
}
