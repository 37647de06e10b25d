import type { FakeClock } from './fake-clock.ts'

/**
 * The clock of one process in a simulated world. The process may stall, sleep, have
 * its wall clock set, and die.
 *
 * Timers that are due while it is stopped run in order when it resumes.
 */
export class SimulatedProcess {
  readonly #world: FakeClock
  #skewMs = 0
  /** Time in ms that its monotonic clock did not count. */
  #lostMs = 0
  #stoppedAtMs: number | undefined
  #isDead = false
  #waiting: (() => void)[] = []

  constructor(world: FakeClock) {
    this.#world = world
  }

  /** Wall time, in whole ms since 1970, as this process sees it. */
  now(): number {
    return this.#world.now() + this.#skewMs
  }

  /** Monotonic time, in ms. */
  elapsed(): number {
    return this.#world.elapsed() - this.#lostMs
  }

  /** Runs a function once after a delay in ms; the returned function cancels it. */
  setTimer(run: () => void, delayMs: number): () => void {
    let isCancelled = false
    const cancel = this.#world.setTimer(() => {
      this.enter(() => {
        if (!isCancelled) run()
      })
    }, delayMs)
    return () => {
      isCancelled = true
      cancel()
    }
  }

  /** Runs a function once at the end of the current tick. */
  afterTick(run: () => void): void {
    this.#world.afterTick(() => this.enter(run))
  }

  /** Moves this process's wall clock alone. */
  jumpWallClock(byMs: number): void {
    this.#skewMs += byMs
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** True while the process is stopped. */
  get isStopped(): boolean {
    return this.#stoppedAtMs !== undefined
  }

  /** Runs an event from outside: now, when the process resumes, or never. */
  enter(run: () => void): void {
    if (this.#isDead) return
    if (this.isStopped) this.#waiting.push(run)
    else run()
  }

  /** Stops the process, like a blocked event loop or a sleeping machine. */
  stop(): void {
    this.#stoppedAtMs ??= this.#world.elapsed()
  }

  /**
   * Resumes the process and runs the timers that became due.
   *
   * @param countsTime false when the monotonic clock was stopped too
   */
  goOn(countsTime = true): void {
    if (this.#stoppedAtMs === undefined) return
    if (!countsTime) this.#lostMs += this.#world.elapsed() - this.#stoppedAtMs
    this.#stoppedAtMs = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) this.#world.setTimer(() => this.enter(run), 0)
  }

  /** Ends the process: nothing in it runs again. */
  kill(): void {
    this.#isDead = true
    this.#waiting = []
  }
}
