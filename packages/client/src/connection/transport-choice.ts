import { CLOSE_CODES } from '@coterie/protocol'

/** How frames are transported. */
export type TransportName = 'websocket' | 'sse'

// A proxy may also send codes below 4000, but these mean more than a failed connection.
const SERVER_CODES: readonly number[] = [
  CLOSE_CODES.goingAway,
  CLOSE_CODES.serviceRestart,
  CLOSE_CODES.notAFrame,
  CLOSE_CODES.tooLarge,
]

/** Chooses the transport of the next attempt: the one that worked, else each in turn. */
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
   * Notes the end of a link without a welcome, and moves to the next transport.
   *
   * @returns true when that one has not failed since the last `restart()`
   */
  failed(code: number): boolean {
    // A server that gives a reason is reachable: another transport would get the same answer.
    if (code >= 4000 || SERVER_CODES.includes(code)) return false
    this.#index = (this.#index + 1) % this.#transports.length
    this.#failures += 1
    return this.#failures < this.#transports.length
  }

  /** Notes the end of a short-lived link. */
  dropped(): void {
    // A stream that opens while its requests are blocked is useless.
    if (this.isFallback) this.prefer()
  }

  /** Forgets the failures; the choice stays. */
  restart(): void {
    this.#failures = 0
  }

  /** Returns to the preferred transport. */
  prefer(): void {
    this.#index = 0
  }
}
