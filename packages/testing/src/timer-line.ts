/** A function that runs at its moment. */
export interface DueTimer {
  readonly run: () => void
  readonly dueMs: number
}

/** Timers in the order in which they are due; those due at once in the order they were set. */
export class TimerLine {
  /** The next one last, so that taking it moves none of the others. */
  readonly #timers: DueTimer[] = []

  get size(): number {
    return this.#timers.length
  }

  /** The timer that is due first. */
  get next(): DueTimer | undefined {
    return this.#timers.at(-1)
  }

  add(timer: DueTimer): void {
    this.#timers.splice(this.#placeOf(timer.dueMs), 0, timer)
  }

  /** Takes a timer out; nothing happens where it is not in. */
  remove(timer: DueTimer): void {
    const { dueMs } = timer
    let index = this.#placeOf(dueMs)
    while (this.#timers[index]?.dueMs === dueMs) {
      if (this.#timers[index] === timer) {
        this.#timers.splice(index, 1)
        return
      }
      index += 1
    }
  }

  // The first place behind all that are due later.
  #placeOf(dueMs: number): number {
    let [low, high] = [0, this.#timers.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#timers[middle] as DueTimer).dueMs > dueMs) low = middle + 1
      else high = middle
    }
    return low
  }
}
