import { type Err, type RealtimeError, refuse, TokenBucket } from '@coterie/protocol'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../ports/clock.ts'
import type { RefusalFigures, RefusalKind } from './refusal-figures.ts'

/** Names tracked at once; beyond it, the least recently used one starts again. */
const MAX_KEYS = 20_000

/** A steady rate, and a burst after a pause. */
export interface Rate {
  /** 0 means no limit. */
  readonly perSecond: number
  readonly burst: number
}

/** The parts of a rate limiter. */
export interface RateLimiterParts {
  readonly rate: Rate
  readonly clock: Clock
  readonly figures: RefusalFigures
  readonly kind: RefusalKind
  /** The name of what is limited, for error messages. */
  readonly what: string
}

/**
 * Limits how often something happens for each of many users or addresses.
 *
 * Memory stays bounded whatever names occur: a name that was unused for long
 * has its full burst again anyway.
 */
export class RateLimiter {
  readonly #parts: RateLimiterParts
  // Limited by size: a maximum count would allocate memory in advance.
  readonly #buckets = new LRUCache<string, TokenBucket>({
    maxSize: MAX_KEYS,
    sizeCalculation: () => 1,
  })

  constructor(parts: RateLimiterParts) {
    this.#parts = parts
  }

  /** Names that are tracked. */
  get size(): number {
    return this.#buckets.size
  }

  /**
   * Counts one or several; refuses with `rate_limited` when there were too many,
   * and then counts none.
   */
  take(key: string, count = 1): Err<RealtimeError> | undefined {
    if (this.spend(key, count)) return undefined
    return this.check(key, count)
  }

  /** Counts one or several if the budget allows; returns false otherwise. */
  spend(key: string, count = 1): boolean {
    if (this.#parts.rate.perSecond === 0) return true
    const nowMs = this.#parts.clock.elapsed()
    return this.#bucketOf(key, nowMs).take(nowMs, count)
  }

  /** Counts what has already happened, even beyond the budget. */
  charge(key: string, count: number): void {
    if (this.#parts.rate.perSecond === 0) return
    const nowMs = this.#parts.clock.elapsed()
    this.#bucketOf(key, nowMs).charge(nowMs, count)
  }

  /** Returns budget that was counted unnecessarily. */
  putBack(key: string, count = 1): void {
    this.#buckets.get(key)?.putBack(count)
  }

  /** Refuses as `take` would, without counting anything. */
  check(key: string, count = 1): Err<RealtimeError> | undefined {
    const waitMs = this.waitMs(key, count)
    return waitMs > 0 ? this.#refuse(waitMs) : undefined
  }

  /** Returns how long until the budget allows a count, in ms; 0 if it does now. */
  waitMs(key: string, count = 1): number {
    return this.#buckets.get(key)?.waitMs(this.#parts.clock.elapsed(), count) ?? 0
  }

  #bucketOf(key: string, nowMs: number): TokenBucket {
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      const { perSecond, burst } = this.#parts.rate
      bucket = new TokenBucket(perSecond, burst, nowMs)
      this.#buckets.set(key, bucket)
    }
    return bucket
  }

  #refuse(waitMs: number): Err<RealtimeError> {
    const { figures, kind, what } = this.#parts
    figures[kind] += 1
    return rateLimited(what, waitMs)
  }
}

/** Makes the refusal of something that happens too often, with its wait in ms. */
export function rateLimited(what: string, waitMs: number): Err<RealtimeError> {
  return refuse('rate_limited', `too many ${what}; try again in ${waitMs} ms`, {
    details: {
      retry_after_ms: waitMs,
    },
  })
}
