import type { ClientClock } from './environment.ts'

/** What a heartbeat does and when. */
export interface HeartbeatOptions {
  readonly clock: ClientClock
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
  #intervalMs = 0
  #heardAtMs = 0
  #isAsking = false
  #cancelTimer: (() => void) | undefined

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** True where nothing was heard for longer than a connection that works is silent. */
  get isOverdue(): boolean {
    const { clock, timeoutMs } = this.#options
    return clock.now() - this.#heardAtMs > this.#intervalMs + timeoutMs
  }

  /** Starts to watch, and to ask after a silence of `intervalMs`. */
  start(intervalMs: number): void {
    this.#intervalMs = intervalMs
    this.heard()
    this.#wait(intervalMs)
  }

  /** Takes a sign of life. */
  heard(): void {
    this.#heardAtMs = this.#options.clock.now()
    if (!this.#isAsking) return
    this.#isAsking = false
    this.#wait(this.#intervalMs)
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
    const { clock } = this.#options
    const intervalMs = this.#intervalMs
    this.#cancelTimer?.()
    this.#cancelTimer = clock.setTimer(() => {
      const silentMs = clock.now() - this.#heardAtMs
      if (silentMs >= intervalMs || silentMs < 0) this.ask()
      else this.#wait(intervalMs - silentMs)
    }, delayMs)
  }
}
