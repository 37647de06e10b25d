import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

/** What the server sent, as far as the tests look at it. */
export interface SentFrame {
  readonly type: string
  readonly id?: string
  readonly code?: string
  readonly message?: string
  readonly user_id?: string | null
  readonly session?: string
}

/** A WebSocket that writes down all that comes. */
export class RawSocket {
  readonly frames: SentFrame[] = []
  /** How it ended; 0 while it has not. */
  code = 0
  reason = ''
  readonly #socket: WebSocket
  readonly #opened: Promise<unknown>

  /** Opens a socket for as long as the current test runs. */
  constructor(url: string, headers: Record<string, string> = {}) {
    this.#socket = new WebSocket(url, { headers })
    onTestFinished(() => this.#socket.terminate())
    this.#socket.on('message', (data) => this.frames.push(JSON.parse(String(data)) as SentFrame))
    this.#socket.on('close', (code, reason) => {
      this.code = code
      this.reason = String(reason)
    })
    this.#socket.on('error', () => {})
    this.#opened = new Promise((resolve) => this.#socket.once('open', resolve))
  }

  /** Sends a frame as soon as it can. */
  async send(frame: object): Promise<void> {
    await this.#opened
    this.#socket.send(JSON.stringify(frame))
  }

  /** The user whom the first frame names; undefined before it came. */
  get userId(): string | null | undefined {
    return this.frames[0]?.user_id
  }
}
