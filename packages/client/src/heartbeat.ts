import type { ClientClock } from './environment.ts'

/** What a heartbeat does and when. */
export interface HeartbeatOptions {
  readonly clock: ClientClock
  /** Silence after which to ask. */
  readonly intervalMs: number
  /** Silence after asking that means that nobody is there. */
  readonly timeoutMs: number
  ping(): void
  onDead(): void
}

/**
 * Finds a half-open socket: one that seems open while its other end is gone.
 *
 * Any frame is a sign of life, so a busy connection is never asked.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #heardAtMs = 0
  #isAsking = false
  #cancelTimer: (() => void) | undefined

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Starts to watch. */
  start(): void {
    this.heard()
    this.#wait(this.#options.intervalMs)
  }

  /** Takes a sign of life. */
  heard(): void {
    this.#heardAtMs = this.#options.clock.now()
    if (!this.#isAsking) return
    this.#isAsking = false
    this.#wait(this.#options.intervalMs)
  }

  /** Asks at once; the answer is due as after any silence. */
  ask(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    this.#cancelTimer?.()
    this.#cancelTimer = this.#options.clock.setTimer(
      () => this.#options.onDead(),
      this.#options.timeoutMs,
    )
    this.#options.ping()
  }

  /** Ends the watch. */
  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  // A timer for each frame would cost more than the frame: one timer looks back instead.
  #wait(delayMs: number): void {
    const { clock, intervalMs } = this.#options
    this.#cancelTimer?.()
    this.#cancelTimer = clock.setTimer(() => {
      const silentMs = clock.now() - this.#heardAtMs
      if (silentMs >= intervalMs || silentMs < 0) this.ask()
      else this.#wait(intervalMs - silentMs)
    }, delayMs)
  }
}
