import type { ClientClock } from './environment.ts'

/** Hands out a number of turns a second, and a burst of them after a pause. */
export class TokenBucket {
  readonly #clock: ClientClock
  readonly #turnsPerSecond: number
  readonly #burst: number
  #turns: number
  #filledAtMs: number

  constructor(clock: ClientClock, turnsPerSecond: number, burst: number) {
    this.#clock = clock
    this.#turnsPerSecond = turnsPerSecond
    this.#burst = burst
    this.#turns = burst
    this.#filledAtMs = clock.now()
  }

  /** Takes a turn; false when there is none left. */
  take(): boolean {
    this.#fill()
    if (this.#turns < 1) return false
    this.#turns -= 1
    return true
  }

  /** Time until the next turn, in ms; 0 when there is one. */
  waitMs(): number {
    this.#fill()
    return this.#turns >= 1 ? 0 : Math.ceil(((1 - this.#turns) / this.#turnsPerSecond) * 1_000)
  }

  #fill(): void {
    const nowMs = this.#clock.now()
    // The wall clock may be set back; that must not take turns away.
    const passedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = nowMs
    this.#turns = Math.min(this.#burst, this.#turns + (passedMs / 1_000) * this.#turnsPerSecond)
  }
}
