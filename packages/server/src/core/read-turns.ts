import type { Clock } from '../ports/clock.ts'

/** Characters read in a short tick: more would block the event loop. */
const CHARACTERS_PER_TICK = 512 * 1_024
/** Reads that start in a short tick at most: their size is known only afterwards. */
const READS_PER_TICK = 8
/** Ticks up to this are short, in ms; a longer one has a larger budget. */
const SHORT_TICK_MS = 4
const MAX_SHORT_TICKS = 8

/**
 * Lets many readers of logs take turns, so that they do not block everybody else.
 *
 * A read starts while the tick's budget lasts; the size of its result is then
 * subtracted, and any excess from the budgets of the next ticks. A tick that is
 * long, because of other work, has a larger budget.
 */
export class ReadTurns {
  readonly #clock: Clock
  #characters = CHARACTERS_PER_TICK
  #reads = READS_PER_TICK
  #waiting: (() => void)[] = []
  #isArmed = false
  #armedAtMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when a read may start, in the order of the calls. */
  async next(): Promise<void> {
    this.#arm()
    if (this.#waiting.length > 0 || !this.#takeTurn()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Subtracts the size of a result from the budget. */
  spend(characters: number): void {
    this.#characters -= characters
    this.#arm()
  }

  #takeTurn(): boolean {
    if (this.#characters <= 0 || this.#reads === 0) return false
    this.#reads -= 1
    return true
  }

  #arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    this.#armedAtMs = this.#clock.elapsed()
    this.#clock.afterTick(() => this.#refill())
  }

  #refill(): void {
    this.#isArmed = false
    const tickMs = this.#clock.elapsed() - this.#armedAtMs
    const shortTicks = Math.min(MAX_SHORT_TICKS, Math.max(1, tickMs / SHORT_TICK_MS))
    const characters = Math.floor(CHARACTERS_PER_TICK * shortTicks)
    this.#reads = Math.floor(READS_PER_TICK * shortTicks)
    this.#characters = Math.min(characters, this.#characters + characters)
    const isOwing = this.#characters < CHARACTERS_PER_TICK
    let released = 0
    while (released < this.#waiting.length && this.#takeTurn()) released += 1
    const next = this.#waiting.slice(0, released)
    this.#waiting = this.#waiting.slice(released)
    if (isOwing || this.#waiting.length > 0) this.#arm()
    for (const begin of next) begin()
  }
}
