import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { EncodedFrame, Transport } from '../ports/transport.ts'
import type { FrameJoiner } from './frame-joiner.ts'
import { textOf, webSocketJson } from './websocket-frame.ts'

/** Reasons have at most 123 bytes (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123
/** How long a peer may take to answer a close, in ms. */
const CLOSE_TIMEOUT_MS = 2_000

/** The transport of one WebSocket. */
export class WebSocketTransport implements Transport {
  readonly kind = 'websocket'
  readonly encoding = webSocketJson
  readonly remoteAddress: string
  readonly #webSocket: WebSocket
  readonly #joiner: FrameJoiner
  readonly #socket: Socket | undefined
  #isClosing = false

  /** @param joiner shared by all transports whose frames may be equal */
  constructor(webSocket: WebSocket, remoteAddress: string, joiner: FrameJoiner) {
    this.#webSocket = webSocket
    this.#joiner = joiner
    this.remoteAddress = remoteAddress
    this.#socket = rawSocket(webSocket)
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  // Messages are complete WebSocket messages already, so they go straight to the
  // socket: `ws` would build each of them again for every receiver.
  write(frames: readonly EncodedFrame[]): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return
    const socket = this.#socket
    if (!socket) {
      for (const frame of frames) this.#webSocket.send(textOf(frame), { binary: false })
      return
    }
    const whole = frames.length === 1 ? onlyChunk(frames[0]) : this.#joiner.join(frames)
    if (whole) {
      socket.write(whole)
      return
    }
    socket.cork()
    for (const { chunks } of frames) for (const chunk of chunks) socket.write(chunk)
    socket.uncork()
  }

  /** Sets a callback for when everything written has been sent. */
  onDrain(run: () => void): void {
    this.#socket?.on('drain', run)
  }

  ping(): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping()
  }

  close(code: number, reason: string): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#webSocket.close(code, truncate(reason))
    const timer = setTimeout(() => this.#webSocket.terminate(), CLOSE_TIMEOUT_MS)
    timer.unref()
    this.#webSocket.once('close', () => clearTimeout(timer))
  }

  terminate(): void {
    this.#webSocket.terminate()
  }
}

function onlyChunk(frame: EncodedFrame | undefined): Uint8Array | undefined {
  return frame?.chunks.length === 1 ? frame.chunks[0] : undefined
}

// `ws` hides its socket; if the private field is not as expected, `send` is used.
function rawSocket(webSocket: WebSocket): Socket | undefined {
  const { _socket: socket } = webSocket as unknown as { _socket?: Partial<Socket> }
  const isSocket = typeof socket?.write === 'function' && typeof socket.cork === 'function'
  return isSocket && webSocket.extensions === '' ? (socket as Socket) : undefined
}

function truncate(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.length <= MAX_REASON_BYTES) return reason
  return bytes.subarray(0, MAX_REASON_BYTES).toString('utf8').replace(/�+$/, '')
}
