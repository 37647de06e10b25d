import type { Clock } from '../../ports/clock.ts'
import { sleep } from '../../ports/sleep.ts'
import { type ReadAnswer, settleCharge } from './answer-charge.ts'
import type { RateLimiter } from './rate-limiter.ts'

/**
 * Reads what nobody asks for page by page, once its receiver may be answered as much.
 *
 * @param atMostBytes bytes that it mostly comes to at most
 * @returns undefined where the receiver has gone meanwhile
 */
export type ReadPaced = <T>(
  atMostBytes: number,
  read: () => Promise<ReadAnswer<T>>,
) => Promise<T | undefined>

/** Who receives what is read. */
export interface PacedReceiver {
  /** Undefined is nobody who is charged. */
  readonly account: string | undefined
  /** False once nothing reaches it any more. */
  readonly isOpen: () => boolean
}

/** Charges what follows by itself as answers are charged, and delays what would be too much. */
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
