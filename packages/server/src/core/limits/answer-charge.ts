import type { Result } from '@coterie/protocol'
import type { RateLimiter } from './rate-limiter.ts'

/** Something that was read for a user, and how much of it. */
export interface ReadAnswer<T> {
  readonly value: T
  /** Bytes that it has, or that had to be read for it. */
  readonly bytes: number
}

/** What may be read for whom. */
export interface AnswerCharge {
  readonly answers: RateLimiter
  /** Undefined is the application, which is not charged. */
  readonly userId: string | undefined
  /** Bytes that an answer mostly comes to at most; what it comes to beyond is charged after it. */
  readonly atMostBytes: number
}

/**
 * Reads something for a user and charges what it came to. Room for as much as
 * it may come to is taken first, so that many that are asked for at once are
 * not all read; refused with `rate_limited` where there is none.
 */
export async function chargeAnswer<T>(
  { answers, userId, atMostBytes }: AnswerCharge,
  read: () => Promise<Result<ReadAnswer<T>>>,
): Promise<Result<T>> {
  const refusal = userId === undefined ? undefined : answers.take(userId, atMostBytes)
  if (refusal) return refusal
  let bytes = 0
  try {
    const answer = await read()
    if (!answer.ok) return answer
    bytes = answer.value.bytes
    return { ok: true, value: answer.value.value }
  } finally {
    const restBytes = atMostBytes - bytes
    if (userId !== undefined && restBytes > 0) answers.putBack(userId, restBytes)
    if (userId !== undefined && restBytes < 0) answers.charge(userId, -restBytes)
  }
}
