import { ok, type Result } from '@coterie/protocol'
import type { Connection } from '../connection.ts'
import type { Feature } from '../feature.ts'
import { addressGroup } from './address-group.ts'
import { type RateLimiter, rateLimited } from './rate-limiter.ts'
import type { RefusalFigures, RefusalKind } from './refusal-figures.ts'

/** A count that is reached says nothing of when it falls; clients ask again after this, in ms. */
const RETRY_AFTER_MS = 5_000

/** What bounds the connections of an address; 0 bounds nothing. */
export interface AddressBounds {
  readonly connectionsPerAddress: number
  /** Connections of an address that have not said yet who is behind them. */
  readonly unidentifiedPerAddress: number
}

/** What bounding the connections of addresses needs. */
export interface AddressConnectionsParts {
  readonly bounds: AddressBounds
  readonly connects: RateLimiter
  readonly figures: RefusalFigures
}

interface Counts {
  open: number
  identified: number
}

/** Bounds the connections of each address, while they are opened and while they are open. */
export class AddressConnections implements Pick<Feature, 'onIdentified' | 'onEnded'> {
  readonly #parts: AddressConnectionsParts
  readonly #counts = new Map<string, Counts>()
  readonly #identified = new WeakMap<Connection, Counts>()

  constructor(parts: AddressConnectionsParts) {
    this.#parts = parts
  }

  /** Addresses that have connections. */
  get size(): number {
    return this.#counts.size
  }

  /**
   * Lets one more connection of an address in, or refuses with `rate_limited`.
   * An address that is not known is bounded by nothing.
   *
   * @returns what is to be called when the connection has ended; repeating it changes nothing
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
