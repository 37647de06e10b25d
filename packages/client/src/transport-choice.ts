import type { TransportName } from './transport.ts'

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

  /** Turns to the next one; true when that has not failed since the last `restart()`. */
  failed(): boolean {
    this.#index = (this.#index + 1) % this.#transports.length
    this.#failures += 1
    return this.#failures < this.#transports.length
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
