import type { Err, RealtimeError } from '@coterie/protocol'
import { LRUCache } from 'lru-cache'
import type { RateLimiter } from './rate-limiter.ts'

/** Names remembered at most; beyond it, the least recently written one is new again. */
const MAX_NAMES = 50_000

/**
 * Limits how many channels a user creates: each needs memory and storage for as
 * long as any data of it is kept, whatever is written to it.
 */
export class NewChannels {
  readonly #rate: RateLimiter
  // Limited by size: a maximum count would allocate memory in advance.
  readonly #known = new LRUCache<string, true>({ maxSize: MAX_NAMES, sizeCalculation: () => 1 })

  constructor(rate: RateLimiter) {
    this.#rate = rate
  }

  /** Counts a channel that a user writes to, if new; refuses with `rate_limited`. */
  take(userId: string, channel: string): Err<RealtimeError> | undefined {
    if (this.#known.get(channel)) return undefined
    const refusal = this.#rate.take(userId)
    if (!refusal) this.#known.set(channel, true)
    return refusal
  }
}
