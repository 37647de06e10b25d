import type { ErrorCode } from '@coterie/protocol'
import type { SocketLike } from '../connection/environment.ts'

/** A frame that the client sent. */
export interface SentFrame {
  readonly type: string
  readonly id?: string
  readonly channel?: string
  readonly [field: string]: unknown
}

/** A socket whose other end is a test. */
export class ScriptedSocket implements SocketLike {
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  onerror: SocketLike['onerror'] = null
  readonly url: string
  readonly protocols: readonly string[]
  /** Every frame that the client sent, in order. */
  readonly sent: SentFrame[] = []
  /** The code with which the client closed. */
  closedWith: number | undefined
  readonly #untaken: SentFrame[] = []

  constructor(url: string, protocols: readonly string[]) {
    this.url = url
    this.protocols = protocols
  }

  send(text: string): void {
    const frame = JSON.parse(text) as SentFrame
    this.sent.push(frame)
    this.#untaken.push(frame)
  }

  close(code = 1005): void {
    this.closedWith ??= code
  }

  /** Sends anything to the client. */
  deliver(message: unknown): void {
    const data = typeof message === 'object' ? JSON.stringify(message) : message
    this.onmessage?.({ data })
  }

  /** Sends the first frame of every connection. */
  welcome(fields: Readonly<Record<string, unknown>> = {}): void {
    this.deliver({
      type: 'connection',
      connection_id: 'c-1',
      session: 's-1',
      user_id: 'ada',
      protocol: 1,
      ping_interval_ms: 25_000,
      ...fields,
    })
  }

  /** Takes the oldest frame of a type that was not taken yet. */
  take(type: string): SentFrame {
    const index = this.#untaken.findIndex((frame) => frame.type === type)
    const frame = this.#untaken[index]
    if (!frame) {
      const seen = this.#untaken.map(({ type: other }) => other).join(', ')
      throw new Error(`the client sent no ${type}; not taken yet: ${seen || 'nothing'}`)
    }
    this.#untaken.splice(index, 1)
    return frame
  }

  /** Tells whether a frame of a type was sent and not taken. */
  has(type: string): boolean {
    return this.#untaken.some((frame) => frame.type === type)
  }

  /** Answers a frame. */
  reply(frame: SentFrame, payload: unknown = {}): void {
    this.deliver({ type: 'reply', id: frame.id, payload })
  }

  /** Refuses a frame. */
  refuse(frame: SentFrame, code: ErrorCode, details?: Readonly<Record<string, unknown>>): void {
    this.deliver({ type: 'error', id: frame.id, code, message: `refused: ${code}`, details })
  }

  /** Ends the socket from the other side, or by the network. */
  end(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason })
  }
}
