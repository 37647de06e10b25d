import type { Result } from '@coterie/protocol'
import type { Connection } from '../connection.ts'
import { accountOf, accountOfUser, type Charged } from './account.ts'
import type { GuestPlaces } from './guest-places.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** The result of a read for a user, and its size. */
export interface ReadAnswer<T> {
  readonly value: T
  /** Bytes of the result, or bytes that had to be read for it. */
  readonly bytes: number
}

/** The user who is charged for a read. */
export interface Payer {
  readonly principal: Charged
  /** Empty if it is unknown. */
  readonly address: string
  /** The account to charge, if it does not follow from the other fields. */
  readonly account?: string | undefined
}

/** How a read is charged. */
export interface AnswerCharge {
  readonly answers: RateLimiter
  /** Undefined for the application, which is not charged. */
  readonly payer: Payer | undefined
  /** The usual maximum of bytes in an answer; bytes beyond it are charged afterwards. */
  readonly atMostBytes: number
}

/**
 * Reads something for a user and charges its bytes. Reads of anonymous users are
 * charged to their address. The expected bytes are reserved before the read, so
 * that many simultaneous requests do not all read; without enough budget, the
 * read is refused with `rate_limited`.
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

/** The bytes reserved for a read, and the bytes that it returned. */
export interface Reading {
  readonly account: string
  readonly atMostBytes: number
  readonly bytes: number
}

/** Returns unused reserved bytes, or charges the bytes beyond the reservation. */
export function settleCharge(answers: RateLimiter, { account, atMostBytes, bytes }: Reading): void {
  const restBytes = atMostBytes - bytes
  if (restBytes > 0) answers.putBack(account, restBytes)
  if (restBytes < 0) answers.charge(account, -restBytes)
}

/** Names the account that answers to a payer are charged to. */
export function payerAccount({ principal, address, account }: Payer): string {
  return account ?? accountOf(principal, address, accountOfUser(principal.userId))
}

/**
 * Returns who is charged for a join; undefined before the user is known.
 *
 * Anonymous users are not charged to their address: hundreds may share it, and all come back
 * after a restart. Each of them has a slot of the address.
 */
export function payerOf(connection: Connection, guests: GuestPlaces): Payer | undefined {
  const { principal, transport } = connection
  if (!principal) return undefined
  const isGuest = principal.isAnonymous && transport.remoteAddress !== ''
  const account = isGuest ? guests.accountOf(connection) : undefined
  return { principal, address: '', account }
}
