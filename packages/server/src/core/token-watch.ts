import { CLOSE_CODES } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Principal } from '../ports/principal.ts'
import type { Connection } from './connection.ts'

/** A client is told this long before its token ends, in ms. */
const NOTICE_MS = 30_000

/**
 * Ends connections when their tokens do, and says so before.
 *
 * Nothing else follows the wall clock, which jumps: so whatever wakes it looks
 * at the clock anew, and each connection is looked at now and then.
 */
export class TokenWatch {
  readonly #clock: Clock
  readonly #horizonMs: number
  readonly #timers = new WeakMap<Connection, () => void>()
  /** The principal of whose end a client was told. */
  readonly #told = new WeakMap<Connection, Principal>()

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
    const nextMs = this.#isTold(connection) ? leftMs : leftMs - NOTICE_MS
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
    if (leftMs <= NOTICE_MS && !this.#isTold(connection) && connection.principal) {
      this.#told.set(connection, connection.principal)
      connection.send('token_expiring', {})
    }
    this.watch(connection)
  }

  #leftMs(connection: Connection): number | undefined {
    const expiresAtMs = connection.isActive() ? connection.principal?.expiresAtMs : undefined
    return expiresAtMs === undefined ? undefined : expiresAtMs - this.#clock.now()
  }

  #isTold(connection: Connection): boolean {
    return this.#told.get(connection) === connection.principal
  }
}
