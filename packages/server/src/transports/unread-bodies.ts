import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Bytes of a body that are read though nobody wants them, so that the connection can go on. */
const MAX_SPARE_BYTES = 65_536
/** How long a peer may take to read its answer before the connection is gone, in ms. */
const LINGER_MS = 1_000
/** Connections that wait for that at most; past it the oldest is gone at once. */
const MAX_LINGERING = 256

/** Leaves the bodies of requests unread that are answered before they have come. */
export class UnreadBodies {
  /** Connections whose peers may still read their answers, the oldest first. */
  readonly #lingering = new Set<Socket>()

  /**
   * Reads no more of a request, and ends its connection after the answer; does
   * nothing where all of it has come, or little is missing. Called before the
   * head of the answer is written.
   */
  leave(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    if (request.complete || response.headersSent || socket.destroyed) return
    if (isShort(request)) {
      response.once('finish', () => request.resume())
      return
    }
    // What is begun to be read and not taken is not thrown away, but read no further.
    request.read(0)
    response.shouldKeepAlive = false
    // Node would end the connection with what came unread, which resets it: an answer that was
    // not read by then can be lost with it.
    socket.destroySoon = () => this.#linger(socket)
  }

  #linger(socket: Socket): void {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    timer.unref()
    socket.once('close', () => {
      clearTimeout(timer)
      this.#lingering.delete(socket)
    })
    this.#lingering.add(socket)
    const [oldest] = this.#lingering
    if (this.#lingering.size > MAX_LINGERING) oldest?.destroy()
  }
}

function isShort({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return false
  return Number(headers['content-length'] ?? 0) <= MAX_SPARE_BYTES
}
