import type { Clock } from '../ports/clock.ts'

/** Something that collects during a tick and is emptied once at its end. */
export interface Flushable {
  flush(): void
}

/** Empties, at the end of each tick, whatever collected something in it. */
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
    this.#waiting = []
    for (const flushable of waiting) flushable.flush()
  }
}
