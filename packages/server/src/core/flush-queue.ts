import type { Clock } from '../ports/clock.ts'

/** Something that collects during a tick and is emptied once at its end. */
export interface Flushable {
  flush(): void
}

/** Flushes of one tick: more would block the event loop for too long, at some 10 µs a socket. */
const MAX_PER_TICK = 1_000

/** Empties, at the end of each tick, whatever collected something in it; a great many in turns. */
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
