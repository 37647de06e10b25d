import type { Clock } from '../../../ports/clock.ts'
import { sleep } from '../../../ports/sleep.ts'

/** What ends a sleep. */
export interface SleepOptions {
  /** True ignores `wake`. */
  readonly isDeaf?: boolean
  /** Ends the sleep. */
  readonly signal?: AbortSignal
}

/** Waits for a time, or until it is woken. */
export class Sleeper {
  readonly #clock: Pick<Clock, 'setTimer'>
  #isWoken = false
  #wake: (() => void) | undefined

  constructor(clock: Pick<Clock, 'setTimer'>) {
    this.#clock = clock
  }

  /** Ends the current sleep, or else the next one. */
  wake(): void {
    this.#isWoken = true
    this.#wake?.()
  }

  /** Resolves when the time is over, or earlier when something ends it. */
  async sleep(ms: number, { isDeaf = false, signal }: SleepOptions = {}): Promise<void> {
    if (signal?.aborted) return
    if (this.#isWoken && !isDeaf) {
      this.#isWoken = false
      return
    }
    const woken = new AbortController()
    if (!isDeaf) this.#wake = () => woken.abort()
    await sleep(this.#clock, ms, AbortSignal.any([woken.signal, ...(signal ? [signal] : [])]))
    this.#wake = undefined
    if (!isDeaf) this.#isWoken = false
  }
}
