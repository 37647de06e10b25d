import { RealtimeError } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'

/** How long to leave alone what cannot be reached, in ms. */
const RETRY_MS = 1_000

/** Does work again until it succeeds. */
export class UntilDone {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #waiting = new Set<() => void>()
  #isStopped = false

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /**
   * Does work until it does not fail with `unavailable`.
   *
   * @param problem says for the log what is not as it should be until then
   * @returns resolves after the first attempt, however it went
   */
  async run(problem: string, work: () => Promise<unknown>): Promise<void> {
    if (this.#isStopped) return
    try {
      await work()
    } catch (error) {
      if (!(error instanceof RealtimeError)) throw error
      if (this.#isStopped) return
      this.#logger.warn({ error }, problem)
      const cancel = this.#clock.setTimer(() => {
        this.#waiting.delete(cancel)
        void this.run(problem, work)
      }, RETRY_MS)
      this.#waiting.add(cancel)
    }
  }

  /** Gives up what is left. Repeating it changes nothing. */
  stop(): void {
    this.#isStopped = true
    for (const cancel of this.#waiting) cancel()
    this.#waiting.clear()
  }
}
