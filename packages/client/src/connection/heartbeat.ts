import type { ClientClock } from './environment.ts'

/** What a heartbeat does and when. */
export interface HeartbeatOptions {
  readonly clock: ClientClock
  /** Silence after a ping that means that the other end is gone. */
  readonly timeoutMs: number
  ping(): void
  onDead(): void
}

/**
 * Finds a half-open socket: one that seems open while its other end is gone.
 *
 * Any frame is a sign of life, so a busy connection is never pinged.
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

  /** True when the silence has lasted longer than a working connection allows. */
  get isOverdue(): boolean {
    const { clock, timeoutMs } = this.#options
    return clock.now() - this.#heardAtMs > this.#intervalMs + timeoutMs
  }

  /** Starts watching; sends a ping after a silence of `intervalMs`. */
  start(intervalMs: number): void {
    this.#intervalMs = intervalMs
    this.heard()
    this.#wait(intervalMs)
  }

  /** Notes a sign of life. */
  heard(): void {
    this.#heardAtMs = this.#options.clock.now()
    if (!this.#isAsking) return
    this.#isAsking = false
    this.#wait(this.#intervalMs)
  }

  /** Sends a ping at once; its answer is due as after any silence. */
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

  /** Stops watching. */
  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  // A timer per frame would cost more than the frame: one timer checks the last sign of life.
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
