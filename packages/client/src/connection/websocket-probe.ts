import type { ClientEnvironment, SocketLike } from './environment.ts'
import { readServerFrame } from './frame-reader.ts'
import { openWebSocket } from './transport.ts'

const FIRST_DELAY_MS = 2_000
const DELAY_FACTOR = 4
const MAX_DELAY_MS = 300_000

/** What a probe works with, and what it reports. */
export interface WebSocketProbeOptions {
  readonly environment: ClientEnvironment
  readonly url: string
  /** Time for one try. */
  readonly timeoutMs: number
  /** A WebSocket opened and the server sent its welcome: the last call. */
  onOpen(): void
}

/**
 * Tries from time to time whether a WebSocket opens: soon, then at growing intervals.
 *
 * A server that was down for a moment looks like a blocked WebSocket, and no
 * client should keep the slower transport because of that. The current connection
 * stays untouched until a socket is known to open.
 */
export class WebSocketProbe {
  readonly #options: WebSocketProbeOptions
  #socket: SocketLike | undefined
  #cancelTimer: (() => void) | undefined
  #delayMs = FIRST_DELAY_MS

  constructor(options: WebSocketProbeOptions) {
    this.#options = options
    this.#wait()
  }

  /** Stops the probe. */
  stop(): void {
    this.#cancelTimer?.()
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.onmessage = null
    socket.onclose = null
    socket.close(1000)
  }

  #wait(): void {
    this.stop()
    const { clock } = this.#options.environment
    // From half to one and a half: clients that lost their server together return one by one.
    const delayMs = this.#delayMs * (0.5 + this.#options.environment.random())
    this.#delayMs = Math.min(MAX_DELAY_MS, this.#delayMs * DELAY_FACTOR)
    this.#cancelTimer = clock.setTimer(() => this.#try(), delayMs)
  }

  #try(): void {
    const { environment, url, timeoutMs } = this.#options
    this.#cancelTimer = environment.clock.setTimer(() => this.#wait(), timeoutMs)
    try {
      this.#socket = openWebSocket(url, environment)
    } catch {
      this.#wait()
      return
    }
    this.#socket.onclose = () => this.#wait()
    this.#socket.onmessage = ({ data }) => {
      if (readServerFrame(data)?.type !== 'connection') return
      this.stop()
      this.#options.onOpen()
    }
  }
}
