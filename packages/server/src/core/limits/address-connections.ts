import { ok, type Result } from '@coterie/protocol'
import type { Connection } from '../connection.ts'
import type { Feature } from '../feature.ts'
import { addressGroup } from './address-group.ts'
import { type RateLimiter, rateLimited } from './rate-limiter.ts'
import type { RefusalFigures, RefusalKind } from './refusal-figures.ts'

/** A reached count does not tell when it falls; clients retry after this, in ms. */
const RETRY_AFTER_MS = 5_000

/** The limits of an address's connections; 0 means no limit. */
export interface AddressBounds {
  readonly connectionsPerAddress: number
  /** Connections of an address that have not authenticated yet. */
  readonly unidentifiedPerAddress: number
}

/** The parts that limiting connections of addresses needs. */
export interface AddressConnectionsParts {
  readonly bounds: AddressBounds
  readonly connects: RateLimiter
  readonly figures: RefusalFigures
}

interface Counts {
  open: number
  identified: number
}

/** Limits the open connections of each address, and how fast they are opened. */
export class AddressConnections implements Pick<Feature, 'onIdentified' | 'onEnded'> {
  readonly #parts: AddressConnectionsParts
  readonly #counts = new Map<string, Counts>()
  readonly #identified = new WeakMap<Connection, Counts>()

  constructor(parts: AddressConnectionsParts) {
    this.#parts = parts
  }

  /** Addresses with connections. */
  get size(): number {
    return this.#counts.size
  }

  /**
   * Admits one more connection of an address, or refuses it with `rate_limited`.
   * An unknown address has no limit.
   *
   * @returns a function to call when the connection has ended; idempotent
   */
  admit(address: string): Result<() => void> {
    if (address === '') return ok(() => {})
    const group = addressGroup(address)
    const { connects, bounds } = this.#parts
    const { open, identified } = this.#counts.get(group) ?? { open: 0, identified: 0 }
    const { connectionsPerAddress: most, unidentifiedPerAddress: mostWaiting } = bounds
    if (most > 0 && open >= most) return this.#refuse('connections', 'open connections')
    if (mostWaiting > 0 && open - identified >= mostWaiting) {
      return this.#refuse('unidentified', 'connections that have not authenticated')
    }
    return connects.take(group) ?? ok(this.#open(group))
  }

  onIdentified(connection: Connection): void {
    const counts = this.#counts.get(addressGroup(connection.transport.remoteAddress))
    if (!counts || this.#identified.has(connection)) return
    counts.identified += 1
    this.#identified.set(connection, counts)
  }

  onEnded(connection: Connection): void {
    const counts = this.#identified.get(connection)
    if (!counts) return
    counts.identified -= 1
    this.#identified.delete(connection)
  }

  #open(group: string): () => void {
    const counts = this.#counts.get(group) ?? { open: 0, identified: 0 }
    counts.open += 1
    this.#counts.set(group, counts)
    let isOpen = true
    return () => {
      if (!isOpen) return
      isOpen = false
      counts.open -= 1
      if (counts.open === 0) this.#counts.delete(group)
    }
  }

  #refuse(kind: RefusalKind, what: string): ReturnType<typeof rateLimited> {
    this.#parts.figures[kind] += 1
    return rateLimited(`${what} from your address`, RETRY_AFTER_MS)
  }
}
