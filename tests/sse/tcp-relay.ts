import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

const UPGRADE_HEADER = /^upgrade: *websocket\r$/im

/** Stands before a server, passes bytes on, and cuts connections when told to. */
export class TcpRelay {
  /** True lets nobody through any more, but those who are through already. */
  isShut = false
  /** True destroys connections that ask to become WebSockets, as some proxies do. */
  blocksUpgrades = false
  /** The upgrades that were destroyed. */
  blockedUpgrades = 0
  /** True lets listeners come back ten times sooner than the server asks them to. */
  shortensRetry = false
  readonly #server = createServer((socket) => this.#accept(socket))
  readonly #sockets = new Set<Socket>()
  #target = 0

  /** Listens for as long as the current test runs; `leadTo` says where the bytes go. */
  static async start(): Promise<TcpRelay> {
    const relay = new TcpRelay()
    onTestFinished(() => relay.#stop())
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  /** Names the server behind, by any address of it. */
  leadTo(address: string): this {
    this.#target = Number(new URL(address).port)
    return this
  }

  /** Its own address. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Cuts all connections at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(near: Socket): void {
    if (this.isShut) {
      near.destroy()
      return
    }
    const far = connect(this.#target, '127.0.0.1')
    near.setNoDelay(true)
    far.setNoDelay(true)
    near.on('data', (bytes) => {
      if (this.blocksUpgrades && UPGRADE_HEADER.test(bytes.toString('latin1'))) {
        this.blockedUpgrades += 1
        near.destroy()
      } else {
        far.write(bytes)
      }
    })
    far.on('data', (bytes) => near.write(this.shortensRetry ? shortenRetry(bytes) : bytes))
    join(near, far)
    join(far, near)
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    }
  }

  async #stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut()
    await closed
  }
}

// As many bytes as before, as chunks have their length before them.
function shortenRetry(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace('retry: 3000\n', 'retry: 0300\n'), 'latin1')
}

function join(one: Socket, other: Socket): void {
  // A cut shows as `close`.
  one.on('error', () => {})
  one.on('end', () => other.end())
  one.on('close', () => other.destroy())
}
