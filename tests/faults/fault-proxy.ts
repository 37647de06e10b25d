import { once } from 'node:events'
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from 'node:net'
import { onTestFinished } from 'vitest'

/** Which way bytes go: from client to server, or back. */
type Direction = 'up' | 'down'

/** Stands between clients and a server and breaks what passes, as networks do. */
export class FaultProxy {
  /** How long each piece is held back, in ms. */
  delayMs = 0
  /** What becomes of new connections: passed on, reset, or accepted and never answered. */
  newcomers: 'accept' | 'refuse' | 'swallow' = 'accept'
  readonly #upstreamPort: () => number
  readonly #server: Server
  readonly #links = new Set<Link>()

  private constructor(upstreamPort: () => number) {
    this.#upstreamPort = upstreamPort
    this.#server = createServer((client) => this.#accept(client))
  }

  /** Starts a proxy on a free port, for as long as the current test runs. */
  static async start(upstreamPort: () => number): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstreamPort)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    onTestFinished(() => {
      proxy.cut()
      proxy.#server.close()
    })
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that pass through now. */
  get connections(): number {
    return this.#links.size
  }

  /** Resets every connection: both ends notice. */
  cut(): void {
    for (const link of [...this.#links]) link.cut()
  }

  /** Lets nothing pass any more on the connections there are: neither end notices. */
  halfOpen(): void {
    for (const link of this.#links) link.block('up', 'down')
  }

  /** Lets bytes pass in one direction only on the connections there are. */
  oneWay(direction: Direction): void {
    for (const link of this.#links) link.block(direction === 'up' ? 'down' : 'up')
  }

  /** Cuts every connection after so many more bytes from the server, in the middle of a frame. */
  truncate(bytes: number): void {
    for (const link of this.#links) link.downBytesLeft = bytes
  }

  /** Reads nothing more from the server, which finds that its bytes are not taken. */
  stall(): void {
    for (const link of this.#links) link.upstream.pause()
  }

  /** Reads on. */
  unstall(): void {
    for (const link of this.#links) link.upstream.resume()
  }

  #accept(client: Socket): void {
    client.on('error', () => {})
    if (this.newcomers === 'refuse') {
      client.resetAndDestroy()
      return
    }
    const port = this.newcomers === 'swallow' ? undefined : this.#upstreamPort()
    const upstream = createConnection({ port: port ?? this.port, host: '127.0.0.1' })
    if (port === undefined) upstream.destroy()
    const link = new Link(client, upstream, () => this.delayMs, port === undefined)
    this.#links.add(link)
    link.onEnd = () => this.#links.delete(link)
  }
}

class Link {
  readonly client: Socket
  readonly upstream: Socket
  downBytesLeft = Number.POSITIVE_INFINITY
  onEnd: () => void = () => {}
  // What is lost once is lost for good: TCP never delivers what comes after missing bytes.
  readonly #blocked = new Set<Direction>()
  readonly #delayMs: () => number

  constructor(client: Socket, upstream: Socket, delayMs: () => number, isSwallowed: boolean) {
    this.client = client
    this.upstream = upstream
    this.#delayMs = delayMs
    upstream.on('error', () => {})
    if (isSwallowed) {
      client.resume()
      client.on('close', () => this.onEnd())
      return
    }
    this.#carry(client, upstream, 'up')
    this.#carry(upstream, client, 'down')
  }

  block(...directions: Direction[]): void {
    for (const direction of directions) this.#blocked.add(direction)
  }

  cut(): void {
    this.client.resetAndDestroy()
    this.upstream.resetAndDestroy()
    this.onEnd()
  }

  #carry(from: Socket, to: Socket, direction: Direction): void {
    const later = new Delay(this.#delayMs)
    from.on('data', (data: Buffer) => {
      if (!this.#passes(direction)) return
      const isCut = direction === 'down' && data.length >= this.downBytesLeft
      const piece = isCut ? data.subarray(0, this.downBytesLeft) : data
      if (direction === 'down') this.downBytesLeft -= piece.length
      later.run(() => {
        if (to.destroyed || !this.#passes(direction)) return
        if (!to.write(piece) && !isCut) {
          from.pause()
          to.once('drain', () => from.resume())
        }
        if (isCut) this.cut()
      })
    })
    from.on('close', () => {
      // Whoever is cut off without knowing does not hear that the other end has gone.
      if (this.#passes(direction)) later.run(() => to.destroy())
      if (this.client.destroyed && this.upstream.destroyed) this.onEnd()
    })
  }

  #passes(direction: Direction): boolean {
    return !this.#blocked.has(direction)
  }
}

/** Holds things back for a while and lets them go in their order, whatever the while is. */
class Delay {
  readonly #delayMs: () => number
  readonly #waiting: (() => void)[] = []

  constructor(delayMs: () => number) {
    this.#delayMs = delayMs
  }

  run(action: () => void): void {
    const delayMs = this.#delayMs()
    if (delayMs === 0 && this.#waiting.length === 0) {
      action()
      return
    }
    this.#waiting.push(action)
    // Whichever timer comes first lets the oldest go: bytes must not overtake each other.
    setTimeout(() => this.#waiting.shift()?.(), delayMs)
  }
}
