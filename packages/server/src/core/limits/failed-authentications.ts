import type { Err, RealtimeError, Result } from '@coterie/protocol'
import { addressGroup } from './address-group.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** What a refusal says of a token that was good once. */
export const TOKEN_EXPIRED = 'token_expired'
/** What a refusal says of a token that would be good, had it not been revoked. */
export const TOKEN_REVOKED = 'token_revoked'

const NO_GUESSES: ReadonlySet<unknown> = new Set([TOKEN_EXPIRED, TOKEN_REVOKED])

/**
 * Bounds how often an address is told that a token, key, ticket or session is wrong.
 *
 * What is right passes however much that was wrong came before it: behind one
 * address may be a whole office. A token that has expired, or was revoked, is
 * no guess: after a night all of them come with one. An address that is not
 * known is bounded by nothing.
 */
export class FailedAuthentications {
  readonly #limiter: RateLimiter

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter
  }

  /** Verifies; what is wrong is refused with `rate_limited` where there was too much of it. */
  async guard<T>(address: string, verify: () => Promise<Result<T>>): Promise<Result<T>> {
    const verified = await verify()
    return verified.ok || !isGuess(verified.error) ? verified : this.failed(address, verified)
  }

  /** Counts what was found wrong; refuses with `rate_limited` where there was too much of it. */
  failed(address: string, refusal: Err<RealtimeError>): Err<RealtimeError> {
    if (address === '') return refusal
    return this.#limiter.take(addressGroup(address)) ?? refusal
  }
}

function isGuess({ code, details }: RealtimeError): boolean {
  return code === 'unauthorized' && !NO_GUESSES.has(details?.reason)
}
