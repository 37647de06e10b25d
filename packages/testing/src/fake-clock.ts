import { setImmediate } from 'node:timers/promises'
import { type DueTimer, TimerLine } from './timer-line.ts'

/** A clock that stands still until a test moves it, for server and client. */
export class FakeClock {
  #elapsedMs = 0
  #wallOffsetMs: number
  #ticks: (() => void)[] = []
  readonly #timers = new TimerLine()

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = startMs
  }

  /** Wall time, in whole ms since 1970, as every real clock tells it. */
  now(): number {
    return Math.floor(this.#wallOffsetMs + this.#elapsedMs)
  }

  /** Monotonic time, in ms; a jump of the wall clock does not move it. */
  elapsed(): number {
    return this.#elapsedMs
  }

  /** Runs a function once after a delay in ms; the returned function cancels it. */
  setTimer(run: () => void, delayMs: number): () => void {
    const timer: DueTimer = { run, dueMs: this.#elapsedMs + Math.max(0, delayMs) }
    this.#timers.add(timer)
    return () => this.#timers.remove(timer)
  }

  /** Runs a function once at the end of the current tick. */
  afterTick(run: () => void): void {
    this.#ticks.push(run)
  }

  /** Moves the wall clock alone, as an operator or NTP would. */
  jumpWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /** Timers that are set and not yet due. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Runs promises and ticks until only the passing of time could cause more. */
  async settle(): Promise<void> {
    do {
      const ticks = this.#ticks
      this.#ticks = []
      for (const run of ticks) run()
      await setImmediate()
    } while (this.#ticks.length > 0)
  }

  /** Moves time forward by `ms`, running each timer when it is due. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms
    await this.settle()
    for (let { next } = this.#timers; next && next.dueMs <= endMs; next = this.#timers.next) {
      await this.#fire(next)
    }
    this.#elapsedMs = endMs
    await this.settle()
  }

  /**
   * Moves time from timer to timer until a condition holds.
   *
   * @throws {Error} when it does not hold within `limitMs`, or no timer is left
   */
  async until(condition: () => boolean, limitMs = 120_000): Promise<void> {
    const endMs = this.#elapsedMs + limitMs
    await this.settle()
    while (!condition()) {
      const { next } = this.#timers
      if (!next || next.dueMs > endMs) {
        throw new Error(`the condition did not hold within ${limitMs} ms of simulated time`)
      }
      await this.#fire(next)
    }
  }

  async #fire(timer: DueTimer): Promise<void> {
    this.#timers.remove(timer)
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs)
    timer.run()
    await this.settle()
  }
}
