import { deferred } from '@coterie/protocol'
import type { Clock } from '../../../ports/clock.ts'

/** How one sleeps. */
export interface SleepOptions {
  /** True sleeps on when woken by `wake`. */
  readonly isDeaf?: boolean
  /** Ends the sleep. */
  readonly signal?: AbortSignal
}

/** Waits for a time, or until somebody wakes it. */
export class Sleeper {
  readonly #clock: Pick<Clock, 'setTimer'>
  #isWoken = false
  #wake: (() => void) | undefined

  constructor(clock: Pick<Clock, 'setTimer'>) {
    this.#clock = clock
  }

  /** Ends the sleep, or the next one where nobody sleeps. */
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
    const { promise, resolve } = deferred<void>()
    const cancel = this.#clock.setTimer(resolve, ms)
    if (!isDeaf) this.#wake = resolve
    const onAbort = (): void => resolve()
    signal?.addEventListener('abort', onAbort)
    await promise
    cancel()
    signal?.removeEventListener('abort', onAbort)
    this.#wake = undefined
    if (!isDeaf) this.#isWoken = false
  }
}
