import { CLOSE_CODES } from '@coterie/protocol'

/** What carries the frames. */
export type TransportName = 'websocket' | 'sse'

// Below 4000 a proxy may speak too, but these say more than that a connection failed.
const SERVER_CODES: readonly number[] = [
  CLOSE_CODES.goingAway,
  CLOSE_CODES.serviceRestart,
  CLOSE_CODES.notAFrame,
  CLOSE_CODES.tooLarge,
]

/** Says which transport the next attempt takes: the one that worked, else each in turn. */
export class TransportChoice {
  readonly #transports: readonly TransportName[]
  #index = 0
  #failures = 0

  /** @param transports at least one, the preferred one first */
  constructor(transports: readonly TransportName[]) {
    this.#transports = transports
  }

  /** The transport to take. */
  get current(): TransportName {
    return this.#transports[this.#index] ?? 'websocket'
  }

  /** True when WebSocket is preferred and something else is in use. */
  get isFallback(): boolean {
    return this.#index > 0 && this.#transports[0] === 'websocket'
  }

  /**
   * Takes the end of a link that the server never spoke on, and turns to the next transport.
   *
   * @returns true when that one has not failed since the last `restart()`
   */
  failed(code: number): boolean {
    // A server that says why can be reached: another way would lead to the same answer.
    if (code >= 4000 || SERVER_CODES.includes(code)) return false
    this.#index = (this.#index + 1) % this.#transports.length
    this.#failures += 1
    return this.#failures < this.#transports.length
  }

  /** Takes the end of a link that did not live long. */
  dropped(): void {
    // A stream that opens where requests are blocked helps nobody.
    if (this.isFallback) this.prefer()
  }

  /** Forgets the failures; the choice stays. */
  restart(): void {
    this.#failures = 0
  }

  /** Goes back to the preferred one. */
  prefer(): void {
    this.#index = 0
  }
}
