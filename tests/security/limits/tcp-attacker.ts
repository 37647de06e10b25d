import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A frame of WebSocket as its sender builds it, right or wrong. */
export interface RawFrame {
  /** The first byte: FIN, the reserved bits and the opcode. */
  readonly head: number
  readonly payload?: Buffer
  /** What the frame says its length is; undefined says how long it is. */
  readonly saidLength?: number
  readonly isMasked?: boolean
}

/** Writes a frame byte by byte, masked with zeros. */
export function rawFrame({ head, payload, saidLength, isMasked = true }: RawFrame): Buffer {
  const body = payload ?? Buffer.alloc(0)
  const length = saidLength ?? body.length
  const mask = isMasked ? 0x80 : 0
  const size = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9)
  if (length < 126) size[0] = mask | length
  else if (length < 65_536) {
    size[0] = mask | 126
    size.writeUInt16BE(length, 1)
  } else {
    size[0] = mask | 127
    size.writeBigUInt64BE(BigInt(length), 1)
  }
  return Buffer.concat([Buffer.from([head]), size, Buffer.alloc(isMasked ? 4 : 0), body])
}

/** Somebody who writes bytes to a port, and keeps what comes back. */
export class TcpAttacker {
  readonly socket: Socket
  /** Resolves when the server has ended the connection. */
  readonly ended: Promise<void>
  received = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.socket = socket
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes])
    })
  }

  /** Connects for as long as the current test runs. */
  static async connect(port: number): Promise<TcpAttacker> {
    const socket = connect({ port, host: '127.0.0.1' })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    onTestFinished(() => {
      socket.destroy()
    })
    return new TcpAttacker(socket)
  }

  /** Connects and becomes a WebSocket. */
  static async upgrade(port: number, headers: readonly string[] = []): Promise<TcpAttacker> {
    const attacker = await TcpAttacker.connect(port)
    attacker.write(upgradeRequest(headers))
    await attacker.until(() => attacker.text.includes('"type":"connection"'))
    return attacker
  }

  get text(): string {
    return this.received.toString('latin1')
  }

  write(data: string | Buffer): void {
    this.socket.write(data)
  }

  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      if (this.socket.closed) throw new Error(`the connection ended after ${this.text}`)
      await new Promise<void>((resolve) => {
        this.socket.once('data', () => resolve())
        this.socket.once('close', () => resolve())
      })
    }
  }

  /** The code that the server closed the WebSocket with; undefined where it said none. */
  async closeCode(): Promise<number | undefined> {
    await this.ended
    // A close frame of the server is the last that it sends.
    for (let at = this.received.length - 4; at >= 0; at -= 1) {
      const [head, length = 0] = this.received.subarray(at)
      if (head === 0x88 && at + 2 + length === this.received.length) {
        return this.received.readUInt16BE(at + 2)
      }
    }
    return undefined
  }
}

/** The request that asks to become a WebSocket. */
export function upgradeRequest(headers: readonly string[] = []): string {
  return [
    'GET /api/realtime/ws HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...headers,
    '',
    '',
  ].join('\r\n')
}
