import type { Clock } from '../ports/clock.ts'
import type { Principal } from '../ports/principal.ts'
import type { Random } from '../ports/random.ts'

/** How long a ticket can be used, in ms. */
const TICKET_TTL_MS = 30_000
const TICKET_BYTES = 24
/** Unused tickets at most; beyond it the oldest is forgotten. */
const MAX_TICKETS = 100_000

/** A short-lived, single-use replacement of a token in URLs. */
export interface Ticket {
  readonly ticket: string
  /** Wall time in ms since 1970. */
  readonly expiresAtMs: number
}

interface Issued {
  readonly principal: Principal
  readonly expiresAtMs: number
}

/** Issues tickets and redeems each once. */
export class Tickets {
  readonly #clock: Clock
  readonly #random: Random
  // All have the same lifetime, so insertion order is expiry order.
  readonly #issued = new Map<string, Issued>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Issues a ticket for one use within 30 s. */
  issue(principal: Principal): Ticket {
    const ticket = Buffer.from(this.#random.bytes(TICKET_BYTES)).toString('base64url')
    const nowMs = this.#clock.elapsed()
    for (const [oldest, { expiresAtMs }] of this.#issued) {
      if (expiresAtMs > nowMs && this.#issued.size < MAX_TICKETS) break
      this.#issued.delete(oldest)
    }
    this.#issued.set(ticket, { principal, expiresAtMs: nowMs + TICKET_TTL_MS })
    return { ticket, expiresAtMs: this.#clock.now() + TICKET_TTL_MS }
  }

  /** Redeems a ticket and returns its user; undefined for an invalid ticket. */
  redeem(ticket: string): Principal | undefined {
    const issued = this.#issued.get(ticket)
    this.#issued.delete(ticket)
    return issued && issued.expiresAtMs > this.#clock.elapsed() ? issued.principal : undefined
  }
}
