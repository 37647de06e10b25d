/**
 * Counts how often something may happen: a steady rate, and a burst after a pause.
 *
 * The server uses it to refuse, the client to pace itself. Times are in ms on any
 * clock; setting the clock back takes nothing away. A cost above the burst counts
 * as the burst, so that it waits long but not forever.
 */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #filledAtMs: number

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#filledAtMs = nowMs
  }

  /** Takes tokens; false when there are not as many. */
  take(nowMs: number, count = 1): boolean {
    if (this.waitMs(nowMs, count) > 0) return false
    this.#tokens -= Math.min(count, this.#burst)
    return true
  }

  /** Takes tokens whether they are there or not: what is missing has to be waited for. */
  charge(nowMs: number, count: number): void {
    this.waitMs(nowMs)
    this.#tokens = Math.max(-this.#burst, this.#tokens - count)
  }

  /** Gives back what was taken for what need not have been counted. */
  putBack(count = 1): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + count)
  }

  /** Returns how long until there are as many tokens, in ms; 0 when there are. */
  waitMs(nowMs: number, count = 1): number {
    const passedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = nowMs
    this.#tokens = Math.min(this.#burst, this.#tokens + (passedMs / 1_000) * this.#perSecond)
    const missing = Math.min(count, this.#burst) - this.#tokens
    return missing <= 0 ? 0 : Math.ceil((missing / this.#perSecond) * 1_000)
  }
}
