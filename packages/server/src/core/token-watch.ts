import { CLOSE_CODES } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Principal } from '../ports/principal.ts'
import type { Connection } from './connection.ts'

/** How long before the token's end a client is told, in ms. */
const NOTICE_MS = 30_000

/** When a client is told that its token is about to expire. */
interface Notice {
  readonly principal: Principal
  /** How long before the end, in ms. */
  readonly beforeMs: number
  isGiven: boolean
}

/**
 * Closes connections when their tokens expire, and warns their clients 30 s before,
 * or at half of the remaining time for a token with less than a minute left.
 *
 * Clients are warned once per expiry time: with another token that lasts no longer, a
 * client would be warned at once, and would fetch the same token again.
 *
 * Only this follows the wall clock, which may jump. So it reads the clock again
 * at every wake-up, and checks each connection now and then.
 */
export class TokenWatch {
  readonly #clock: Clock
  readonly #horizonMs: number
  readonly #timers = new WeakMap<Connection, () => void>()
  readonly #notices = new WeakMap<Connection, Notice>()

  /** @param horizonMs later expiries are left to a later check */
  constructor(clock: Clock, horizonMs: number) {
    this.#clock = clock
    this.#horizonMs = horizonMs
  }

  /** Checks how long a connection's token lasts, and schedules the next check. */
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

  /** Stops watching a connection. */
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
