import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { outagePauseMs } from './retry-pause.ts'

/** Somebody may set the wall clock: no wait is longer than this, in ms. */
const MAX_WAIT_MS = 60_000
/** How long to wait when another process is doing the work, in ms. */
const TAKEN_PAUSE_MS = 50

/** Work that becomes due by itself. */
export interface DueWork {
  readonly clock: Clock
  readonly logger: Logger
  /**
   * Does what is due. Only one run is under way at a time.
   *
   * @returns the wall time in ms at which more is due; undefined when nothing waits
   */
  readonly run: () => Promise<number | undefined>
  /** The log message of a failed run. */
  readonly failure: string
  /** Runs at least this often, in ms, to find work that other processes stored. @default never */
  readonly maxIdleMs?: number | undefined
}

/**
 * Runs work when it is due, with one timer for the next moment.
 *
 * A failed run is repeated after a pause, which grows with each failure in
 * a row and is never cut short. Pauses follow the monotonic clock.
 */
export class DueTimer {
  readonly #work: DueWork
  /** Wall time at which the next work is due. */
  #dueMs = Number.POSITIVE_INFINITY
  /** Monotonic time at which it runs even if nothing is due. */
  #runsAtMs = Number.POSITIVE_INFINITY
  #failures = 0
  #isPausing = false
  #isWoken = false
  #isRunning = false
  #isStopped = false
  #lastRun: Promise<void> = Promise.resolve()
  #cancelTimer: (() => void) | undefined

  constructor(work: DueWork) {
    this.#work = work
  }

  /** True once it is stopped: a run in progress should end soon. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Runs at once, or again after the run in progress. */
  wake(): void {
    this.#isWoken = true
    if (this.#isStopped || this.#isRunning || this.#isPausing) return
    this.#isRunning = true
    this.#lastRun = this.#runWhileWoken()
  }

  /** Schedules a run for a wall time in ms. */
  expect(dueMs: number): void {
    if (dueMs >= this.#dueMs) return
    this.#dueMs = dueMs
    this.#wait()
  }

  /** Starts no further run; resolves when none is in progress. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer?.()
    await this.#lastRun
  }

  async #runWhileWoken(): Promise<void> {
    this.#cancelTimer?.()
    while (this.#isWoken && !this.#isPausing && !this.#isStopped) {
      this.#isWoken = false
      this.#dueMs = Number.POSITIVE_INFINITY
      await this.#runOnce()
    }
    this.#isRunning = false
    this.#wait()
  }

  async #runOnce(): Promise<void> {
    const { clock, logger, run, failure, maxIdleMs = Number.POSITIVE_INFINITY } = this.#work
    try {
      const nextMs = await run()
      this.#failures = 0
      this.#runsAtMs = clock.elapsed() + maxIdleMs
      if (nextMs === undefined) return
      const nowMs = clock.now()
      // Work that is due and was not done is being done by another process.
      this.expect(nextMs > nowMs ? nextMs : nowMs + TAKEN_PAUSE_MS)
    } catch (error) {
      this.#failures += 1
      this.#isPausing = true
      this.#runsAtMs = clock.elapsed() + outagePauseMs(this.#failures)
      logger.warn({ error }, failure)
    }
  }

  #wait(): void {
    if (this.#isStopped || this.#isRunning) return
    this.#cancelTimer?.()
    const { clock } = this.#work
    const pauseMs = this.#runsAtMs - clock.elapsed()
    const waitMs = this.#isPausing ? pauseMs : Math.min(pauseMs, this.#dueMs - clock.now())
    if (waitMs === Number.POSITIVE_INFINITY) return
    const bounded = Math.min(MAX_WAIT_MS, Math.max(0, waitMs))
    this.#cancelTimer = clock.setTimer(() => this.#endWait(), bounded)
  }

  #endWait(): void {
    const { clock } = this.#work
    // Timers may fire a fraction of a millisecond early.
    const isPauseOver = this.#runsAtMs - clock.elapsed() < 1
    if (isPauseOver) this.#isPausing = false
    if (isPauseOver || (!this.#isPausing && this.#dueMs <= clock.now())) this.wake()
    else this.#wait()
  }
}
