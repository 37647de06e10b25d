import type { Err, RealtimeError, Result } from '@coterie/protocol'
import { addressGroup } from './address-group.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** What a refusal says of a token that was good once. */
export const TOKEN_EXPIRED = 'token_expired'
/** What a refusal says of a token that would be good, had it not been revoked. */
export const TOKEN_REVOKED = 'token_revoked'

const NO_GUESSES: ReadonlySet<unknown> = new Set([TOKEN_EXPIRED, TOKEN_REVOKED])

/**
 * Bounds how often an address may bring tokens, keys and tickets that are wrong.
 *
 * A token that has expired, or was revoked, is no guess: after a night all of an
 * office come with one. An address that is not known is bounded by nothing.
 */
export class FailedAuthentications {
  readonly #limiter: RateLimiter

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter
  }

  /** Refuses with `rate_limited` what is not even to be looked at. */
  check(address: string): Err<RealtimeError> | undefined {
    return address === '' ? undefined : this.#limiter.check(addressGroup(address))
  }

  /** Verifies, unless there were too many failures; one more is counted. */
  async guard<T>(address: string, verify: () => Promise<Result<T>>): Promise<Result<T>> {
    const refusal = this.check(address)
    if (refusal) return refusal
    const verified = await verify()
    if (address !== '' && !verified.ok && isGuess(verified.error)) {
      this.#limiter.spend(addressGroup(address))
    }
    return verified
  }
}

function isGuess({ code, details }: RealtimeError): boolean {
  return code === 'unauthorized' && !NO_GUESSES.has(details?.reason)
}
