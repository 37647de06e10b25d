import { connect, type Socket } from 'node:net'
import { type FrameListener, FrameReader } from './frame-reader.ts'
import { maskedFrame } from './masked-frame.ts'

const HEAD_END = '\r\n\r\n'

/** What a client tells of its connection. */
export interface ClientListener {
  onText(data: Buffer, start: number, end: number): void
  /** Everything that came at once has been told. */
  onRead?(): void
  onEnd(reason: string): void
}

/** A minimal WebSocket, so that the measurement covers the server, not the client. */
export class WebSocketClient implements FrameListener {
  readonly #socket: Socket
  readonly #listener: ClientListener
  readonly #frames = new FrameReader(this)
  #head: Buffer | undefined = Buffer.alloc(0)
  #closeReason: string | undefined

  constructor(port: number, path: string, listener: ClientListener) {
    this.#listener = listener
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    // Kept until connected, and so before anything that is sent early.
    this.#socket.write(upgradeRequest(port, path))
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#socket.on('error', (error) => this.#end(error.message))
    this.#socket.on('close', () => this.#end('the server closed the connection'))
  }

  /** Bytes that came, the answer to the upgrade among them. */
  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  /** Sends texts as one write. */
  send(...texts: readonly string[]): void {
    const frames = texts.map((text) => maskedFrame('text', Buffer.from(text)))
    this.#socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames))
  }

  /** Reads nothing more until it is resumed. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Is gone at once, without a word. */
  destroy(): void {
    this.#closeReason = 'the client is gone'
    this.#socket.destroy()
  }

  onText(data: Buffer, start: number, end: number): void {
    this.#listener.onText(data, start, end)
  }

  onPing(body: Buffer): void {
    this.#socket.write(maskedFrame('pong', body))
  }

  onClose(code: number, reason: string): void {
    this.#end(`the server closed with ${code} ${reason}`)
  }

  #read(chunk: Buffer): void {
    if (this.#closeReason !== undefined) return
    if (this.#head === undefined) {
      this.#frames.push(chunk)
    } else {
      const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
      this.#head = head
      const end = head.indexOf(HEAD_END)
      if (end === -1) return
      const [status = ''] = head.toString('latin1', 0, end).split('\r\n', 1)
      if (!status.startsWith('HTTP/1.1 101')) {
        this.#end(`expected an upgrade, got ${status}`)
        return
      }
      this.#head = undefined
      this.#frames.push(head.subarray(end + HEAD_END.length))
    }
    this.#listener.onRead?.()
  }

  #end(reason: string): void {
    if (this.#closeReason !== undefined) return
    this.#closeReason = reason
    this.#socket.destroy()
    this.#listener.onEnd(reason)
  }
}

function upgradeRequest(port: number, path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    '',
  ].join('\r\n')
}
