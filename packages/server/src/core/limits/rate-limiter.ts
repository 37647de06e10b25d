import { type Err, type RealtimeError, refuse, TokenBucket } from '@coterie/protocol'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../ports/clock.ts'
import type { RefusalFigures, RefusalKind } from './refusal-figures.ts'

/** Names that are told apart at once; past it the one not seen for longest begins afresh. */
const MAX_KEYS = 20_000

/** A steady rate, and a burst after a pause. */
export interface Rate {
  /** 0 bounds nothing. */
  readonly perSecond: number
  readonly burst: number
}

/** What a rate limiter is made of. */
export interface RateLimiterParts {
  readonly rate: Rate
  readonly clock: Clock
  readonly figures: RefusalFigures
  readonly kind: RefusalKind
  /** What there are too many of, for people. */
  readonly what: string
}

/**
 * Bounds how often something happens for each of many users or addresses.
 *
 * Whatever names come, memory stays bounded: a name that was not seen for long
 * has its burst again anyway.
 */
export class RateLimiter {
  readonly #parts: RateLimiterParts
  // By size, for which no memory is set aside before there is anything to remember.
  readonly #buckets = new LRUCache<string, TokenBucket>({
    maxSize: MAX_KEYS,
    sizeCalculation: () => 1,
  })

  constructor(parts: RateLimiterParts) {
    this.#parts = parts
  }

  /** Names that are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /**
   * Counts one, or as many as are given; refuses with `rate_limited` when there
   * were too many, and then counts none.
   */
  take(key: string, count = 1): Err<RealtimeError> | undefined {
    if (this.spend(key, count)) return undefined
    return this.check(key, count)
  }

  /** Counts one, or as many as are given, where there is room for them, and refuses nothing. */
  spend(key: string, count = 1): boolean {
    if (this.#parts.rate.perSecond === 0) return true
    const nowMs = this.#parts.clock.elapsed()
    return this.#bucketOf(key, nowMs).take(nowMs, count)
  }

  /** Counts what was done already, more than there was room for too. */
  charge(key: string, count: number): void {
    if (this.#parts.rate.perSecond === 0) return
    const nowMs = this.#parts.clock.elapsed()
    this.#bucketOf(key, nowMs).charge(nowMs, count)
  }

  /** Gives back what was counted and need not have been. */
  putBack(key: string, count = 1): void {
    this.#buckets.get(key)?.putBack(count)
  }

  /** Refuses as `take` would, without counting anything. */
  check(key: string, count = 1): Err<RealtimeError> | undefined {
    const waitMs = this.waitMs(key, count)
    return waitMs > 0 ? this.#refuse(waitMs) : undefined
  }

  /** Returns how long until there is room for as many, in ms; 0 when there is. */
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

/** Makes the refusal of what happens too often, for programs and for people. */
export function rateLimited(what: string, waitMs: number): Err<RealtimeError> {
  return refuse('rate_limited', `too many ${what}; try again in ${waitMs} ms`, {
    details: {
      retry_after_ms: waitMs,
    },
  })
}
