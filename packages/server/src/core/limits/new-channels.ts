import type { Err, RealtimeError } from '@coterie/protocol'
import { LRUCache } from 'lru-cache'
import type { RateLimiter } from './rate-limiter.ts'

/** Names that are remembered; past it the one that was not written to for longest is new again. */
const MAX_NAMES = 50_000

/**
 * Bounds how many channels a user makes: each costs memory and storage for as
 * long as anything is kept of it, whatever is written to it.
 */
export class NewChannels {
  readonly #rate: RateLimiter
  // By size, for which no memory is set aside before there is anything to remember.
  readonly #known = new LRUCache<string, true>({ maxSize: MAX_NAMES, sizeCalculation: () => 1 })

  constructor(rate: RateLimiter) {
    this.#rate = rate
  }

  /** Counts a channel that somebody writes to, where it is new; refuses with `rate_limited`. */
  take(userId: string, channel: string): Err<RealtimeError> | undefined {
    if (this.#known.get(channel)) return undefined
    const refusal = this.#rate.take(userId)
    if (!refusal) this.#known.set(channel, true)
    return refusal
  }
}
