import type { Result } from '@coterie/protocol'
import type { Connection } from '../connection.ts'
import { accountOf, accountOfUser, type Charged } from './account.ts'
import type { GuestPlaces } from './guest-places.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** Something that was read for a user, and how much of it. */
export interface ReadAnswer<T> {
  readonly value: T
  /** Bytes that it has, or that had to be read for it. */
  readonly bytes: number
}

/** Somebody for whom is read. */
export interface Payer {
  readonly principal: Charged
  /** Empty where nobody knows it. */
  readonly address: string
  /** To what is charged, where it is not what the others say. */
  readonly account?: string | undefined
}

/** What may be read for whom. */
export interface AnswerCharge {
  readonly answers: RateLimiter
  /** Undefined is the application, which is not charged. */
  readonly payer: Payer | undefined
  /** Bytes that an answer mostly comes to at most; what it comes to beyond is charged after it. */
  readonly atMostBytes: number
}

/**
 * Reads something for a user and charges what it came to; what is read for
 * anonymous users is charged to their address. Room for as much as
 * it may come to is taken first, so that many that are asked for at once are
 * not all read; refused with `rate_limited` where there is none.
 */
export async function chargeAnswer<T>(
  { answers, payer, atMostBytes }: AnswerCharge,
  read: () => Promise<Result<ReadAnswer<T>>>,
): Promise<Result<T>> {
  const account = payer && payerAccount(payer)
  const refusal = account === undefined ? undefined : answers.take(account, atMostBytes)
  if (refusal) return refusal
  let bytes = 0
  try {
    const answer = await read()
    if (!answer.ok) return answer
    bytes = answer.value.bytes
    return { ok: true, value: answer.value.value }
  } finally {
    if (account !== undefined) settleCharge(answers, { account, atMostBytes, bytes })
  }
}

/** Room that was taken for something to be read, and what that came to. */
export interface Reading {
  readonly account: string
  readonly atMostBytes: number
  readonly bytes: number
}

/** Gives back the room that was not needed, or charges what there was no room taken for. */
export function settleCharge(answers: RateLimiter, { account, atMostBytes, bytes }: Reading): void {
  const restBytes = atMostBytes - bytes
  if (restBytes > 0) answers.putBack(account, restBytes)
  if (restBytes < 0) answers.charge(account, -restBytes)
}

/** Names the account that answers for somebody are charged to. */
export function payerAccount({ principal, address, account }: Payer): string {
  return account ?? accountOf(principal, address, accountOfUser(principal.userId))
}

/**
 * Tells to whom what a join brings is charged; undefined while nobody knows who it is.
 *
 * Not to the address of anonymous users: behind one may be hundreds, who all come back at once
 * after a restart. Each of them has a place of it.
 */
export function payerOf(connection: Connection, guests: GuestPlaces): Payer | undefined {
  const { principal, transport } = connection
  if (!principal) return undefined
  const isGuest = principal.isAnonymous && transport.remoteAddress !== ''
  const account = isGuest ? guests.accountOf(connection) : undefined
  return { principal, address: '', account }
}
