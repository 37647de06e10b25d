import type { Clock } from '../ports/clock.ts'

/** Collects items during a tick; flushed once at its end. */
export interface Flushable {
  flush(): void
}

/** Flushes of one tick: more would block the event loop, at some 10 µs per socket. */
const MAX_PER_TICK = 1_000

/** Flushes at the end of each tick what collected items; spreads very many over ticks. */
export class FlushQueue {
  readonly #clock: Clock
  #waiting: Flushable[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(flushable: Flushable): void {
    if (this.#waiting.length === 0) this.#clock.afterTick(() => this.#flush())
    this.#waiting.push(flushable)
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = waiting.length > MAX_PER_TICK ? waiting.splice(MAX_PER_TICK) : []
    if (this.#waiting.length > 0) this.#clock.afterTick(() => this.#flush())
    for (const flushable of waiting) flushable.flush()
  }
}
