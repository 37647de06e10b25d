import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'

/** How long nothing more is written after something was: an event may come often, in ms. */
const SILENCE_MS = 60_000

/** Writes to the log that filters did not match because their steps for an event were spent. */
export class SpentFilters {
  readonly #parts: { readonly clock: Clock; readonly logger: Logger }
  #wroteAtMs = Number.NEGATIVE_INFINITY
  /** Filters of events that were not written about. */
  #unwritten = 0

  constructor(parts: { readonly clock: Clock; readonly logger: Logger }) {
    this.#parts = parts
  }

  /** Notes how many filters an event of a channel did not match for want of steps. */
  note(channel: string, filters: number): void {
    const { clock, logger } = this.#parts
    const nowMs = clock.elapsed()
    if (nowMs - this.#wroteAtMs < SILENCE_MS) {
      this.#unwritten += filters
      return
    }
    const fields = { channel, filters, filters_of_others: this.#unwritten }
    logger.warn(fields, 'filters took too many steps for an event, and did not match it')
    this.#wroteAtMs = nowMs
    this.#unwritten = 0
  }
}
