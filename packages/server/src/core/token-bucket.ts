/** Counts how often something may happen: a steady rate, and a burst after a pause. */
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

  /** Takes one token; false when there is none. */
  take(nowMs: number): boolean {
    if (!this.has(nowMs)) return false
    this.#tokens -= 1
    return true
  }

  /** Tells whether there is a token. */
  has(nowMs: number): boolean {
    const gained = ((nowMs - this.#filledAtMs) / 1_000) * this.#perSecond
    this.#tokens = Math.min(this.#burst, this.#tokens + gained)
    this.#filledAtMs = nowMs
    return this.#tokens >= 1
  }

  /** Returns how long until there is a token again, in ms. */
  get retryAfterMs(): number {
    return Math.max(1, Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1_000))
  }
}
