/**
 * Watches the CPU time that single turns of the event loop take.
 *
 * Timers are due once in a turn, so what the thread took between two of them is
 * at least the longest turn between, and hardly more where turns are long. What
 * other processes took of the core meanwhile is not in it.
 */
export class TurnWatch {
  #timer: NodeJS.Timeout | undefined
  #longestMicros = 0
  #lastMicros = 0

  /** Starts again. */
  start(): void {
    clearInterval(this.#timer)
    this.#longestMicros = 0
    this.#lastMicros = threadMicros()
    this.#timer = setInterval(() => this.#note(), 1)
  }

  /** Ends, and returns what the longest turn took, in ms. */
  stop(): number {
    this.#note()
    clearInterval(this.#timer)
    return this.#longestMicros / 1_000
  }

  #note(): void {
    const nowMicros = threadMicros()
    this.#longestMicros = Math.max(this.#longestMicros, nowMicros - this.#lastMicros)
    this.#lastMicros = nowMicros
  }
}

function threadMicros(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}
