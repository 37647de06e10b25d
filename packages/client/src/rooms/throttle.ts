import { checkOption } from '@coterie/protocol'
import type { ClientClock } from '../connection/environment.ts'

// Timers with a longer delay would run at once.
const MAX_MS = 2_147_483_647

/** The interval of a throttle. */
export interface ThrottleInterval {
  /** The option that set it. */
  readonly name: string
  readonly intervalMs: number
}

/** Runs a function at most once per interval, and always after the last call. */
export class Throttle {
  readonly #clock: ClientClock
  readonly #intervalMs: number
  readonly #run: () => void
  #isDue = false
  #cancelPause: (() => void) | undefined

  /** @throws {TypeError} naming the option, its value and the valid values */
  constructor(clock: ClientClock, { name, intervalMs }: ThrottleInterval, run: () => void) {
    const isTime = Number.isFinite(intervalMs) && intervalMs >= 0 && intervalMs <= MAX_MS
    checkOption(name, intervalMs, isTime, `ms from 0 to ${MAX_MS}`)
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#run = run
  }

  /** Runs the function now, or once the interval since the last run is over. */
  call(): void {
    if (this.#cancelPause) this.#isDue = true
    else this.#pass()
  }

  /** Cancels a pending run. */
  stop(): void {
    this.#isDue = false
    this.#cancelPause?.()
    this.#cancelPause = undefined
  }

  #pass(): void {
    this.#isDue = false
    this.#cancelPause = this.#clock.setTimer(() => {
      this.#cancelPause = undefined
      if (this.#isDue) this.#pass()
    }, this.#intervalMs)
    this.#run()
  }
}
