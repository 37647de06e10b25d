import type { Clock } from '../ports/clock.ts'
import type { Principal } from '../ports/principal.ts'
import type { Random } from '../ports/random.ts'

/** How long a ticket can be used, in ms. */
const TICKET_TTL_MS = 30_000
const TICKET_BYTES = 24
/** Tickets that wait to be used at most; past it the oldest is forgotten. */
const MAX_TICKETS = 100_000

/** Something short-lived that stands for a token where only a URL can carry it. */
export interface Ticket {
  readonly ticket: string
  /** Wall time in ms since 1970. */
  readonly expiresAtMs: number
}

interface Issued {
  readonly principal: Principal
  readonly expiresAtMs: number
}

/** Gives out tickets and takes each back once. */
export class Tickets {
  readonly #clock: Clock
  readonly #random: Random
  // All live equally long, so insertion order is expiry order.
  readonly #issued = new Map<string, Issued>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Gives out a ticket for one use within 30 s. */
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

  /** Returns whom a ticket was given to, and takes it back; undefined for one that is not good. */
  redeem(ticket: string): Principal | undefined {
    const issued = this.#issued.get(ticket)
    this.#issued.delete(ticket)
    return issued && issued.expiresAtMs > this.#clock.elapsed() ? issued.principal : undefined
  }
}
