import type { ClientClock } from '../connection/environment.ts'

/** Converts times of the server to this client's clock, which may differ. */
export class ServerTime {
  readonly #clock: ClientClock
  /** By how many ms this clock is ahead of the server's; NaN until that is known. */
  #aheadMs = Number.NaN

  constructor(clock: ClientClock) {
    this.#clock = clock
  }

  /** Takes the server's current time; ignores a value that is not a time. */
  heard(timestamp: unknown): void {
    const aheadMs = this.#clock.now() - readTime(timestamp)
    if (!Number.isNaN(aheadMs)) this.#aheadMs = aheadMs
  }

  /** Converts a server time to this clock, in ms since 1970; at most now, also if unknown. */
  toLocal(timestamp: unknown): number {
    const nowMs = this.#clock.now()
    return Math.min(nowMs, readTime(timestamp) + this.#aheadMs) || nowMs
  }
}

function readTime(timestamp: unknown): number {
  return typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
}
