import type { ClientClock } from '../connection/environment.ts'

/** Translates times of the server to the clock of this client, which may differ. */
export class ServerTime {
  readonly #clock: ClientClock
  /** How far this clock is ahead of the server's, in ms; NaN until the server said its time. */
  #aheadMs = Number.NaN

  constructor(clock: ClientClock) {
    this.#clock = clock
  }

  /** Takes what the server says is the time now; what is not a time changes nothing. */
  heard(timestamp: unknown): void {
    const aheadMs = this.#clock.now() - readTime(timestamp)
    if (!Number.isNaN(aheadMs)) this.#aheadMs = aheadMs
  }

  /** Returns when something was by this clock, in ms since 1970: now at the latest, or where unknown. */
  toLocal(timestamp: unknown): number {
    const nowMs = this.#clock.now()
    return Math.min(nowMs, readTime(timestamp) + this.#aheadMs) || nowMs
  }
}

function readTime(timestamp: unknown): number {
  return typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
}
