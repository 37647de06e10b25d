import { CLOSE_CODES } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Principal } from '../ports/principal.ts'
import type { Connection } from './connection.ts'

/** A client is told this long before its token ends, in ms. */
const NOTICE_MS = 30_000

/** When a client is told that a token ends. */
interface Notice {
  readonly principal: Principal
  /** How long before the end, in ms. */
  readonly beforeMs: number
  isGiven: boolean
}

/**
 * Ends connections when their tokens do, and says so before: 30 s before, or
 * after half of the time that is left of a token that lasts less than a minute.
 *
 * A client is told once of each end: who authenticates with a token that lasts
 * no longer would be told at once, and would fetch the same token again.
 *
 * Nothing else follows the wall clock, which jumps: so whatever wakes it looks
 * at the clock anew, and each connection is looked at now and then.
 */
export class TokenWatch {
  readonly #clock: Clock
  readonly #horizonMs: number
  readonly #timers = new WeakMap<Connection, () => void>()
  readonly #notices = new WeakMap<Connection, Notice>()

  /** @param horizonMs what happens later than this is left to a later look */
  constructor(clock: Clock, horizonMs: number) {
    this.#clock = clock
    this.#horizonMs = horizonMs
  }

  /** Looks at how long a connection's token lasts, and wakes up in time. */
  watch(connection: Connection): void {
    this.forget(connection)
    const leftMs = this.#leftMs(connection)
    if (leftMs === undefined) return
    const notice = this.#noticeOf(connection, leftMs)
    const nextMs = notice?.isGiven === false ? leftMs - notice.beforeMs : leftMs
    if (nextMs > this.#horizonMs) return
    const cancel = this.#clock.setTimer(() => this.#wake(connection), Math.max(0, nextMs))
    this.#timers.set(connection, cancel)
  }

  /** Looks at a connection no more. */
  forget(connection: Connection): void {
    this.#timers.get(connection)?.()
    this.#timers.delete(connection)
  }

  #wake(connection: Connection): void {
    const leftMs = this.#leftMs(connection)
    if (leftMs === undefined) return
    if (leftMs <= 0) {
      connection.close(CLOSE_CODES.unauthenticated, 'the token has expired')
      return
    }
    const notice = this.#noticeOf(connection, leftMs)
    if (notice?.isGiven === false && leftMs <= notice.beforeMs) {
      notice.isGiven = true
      connection.send('token_expiring', {})
    }
    this.watch(connection)
  }

  #leftMs(connection: Connection): number | undefined {
    const expiresAtMs = connection.isActive() ? connection.principal?.expiresAtMs : undefined
    return expiresAtMs === undefined ? undefined : expiresAtMs - this.#clock.now()
  }

  #noticeOf(connection: Connection, leftMs: number): Notice | undefined {
    const { principal } = connection
    const known = this.#notices.get(connection)
    if (!principal || known?.principal === principal) return known
    const isLater = endOf(principal) > (known ? endOf(known.principal) : 0)
    const notice: Notice = {
      principal,
      beforeMs: Math.min(NOTICE_MS, leftMs / 2),
      isGiven: known?.isGiven === true && !isLater,
    }
    this.#notices.set(connection, notice)
    return notice
  }
}

function endOf({ expiresAtMs = Number.POSITIVE_INFINITY }: Principal): number {
  return expiresAtMs
}
