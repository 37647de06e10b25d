import type { Clock } from '../../ports/clock.ts'
import { sleep } from '../../ports/sleep.ts'
import { type ReadAnswer, settleCharge } from './answer-charge.ts'
import type { RateLimiter } from './rate-limiter.ts'

/**
 * Reads further pages that nobody requests one by one, once the budget allows it.
 *
 * @param atMostBytes the usual maximum of bytes
 * @returns undefined if the receiver has gone meanwhile
 */
export type ReadPaced = <T>(
  atMostBytes: number,
  read: () => Promise<ReadAnswer<T>>,
) => Promise<T | undefined>

/** The receiver of the pages. */
export interface PacedReceiver {
  /** Undefined if nobody is charged. */
  readonly account: string | undefined
  /** False once the receiver cannot be reached any longer. */
  readonly isOpen: () => boolean
}

/** Charges automatic further pages as answers, and delays those over the limit. */
export class PacedAnswers {
  readonly #answers: RateLimiter
  readonly #clock: Clock

  constructor(answers: RateLimiter, clock: Clock) {
    this.#answers = answers
    this.#clock = clock
  }

  /** Reads for one receiver. */
  of({ account, isOpen }: PacedReceiver): ReadPaced {
    return async (atMostBytes, read) => {
      if (account === undefined) return (await read()).value
      while (!this.#answers.spend(account, atMostBytes)) {
        await sleep(this.#clock, this.#answers.waitMs(account, atMostBytes))
        if (!isOpen()) return undefined
      }
      let bytes = 0
      try {
        const answer = await read()
        bytes = answer.bytes
        return answer.value
      } finally {
        settleCharge(this.#answers, { account, atMostBytes, bytes })
      }
    }
  }
}
