import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Bytes of an unwanted body that are read, so that the connection can be reused. */
const MAX_SPARE_BYTES = 65_536
/** How long a peer may take to read its answer before the close, in ms. */
const LINGER_MS = 1_000
/** Connections that wait for that at most; beyond it, the oldest is closed at once. */
const MAX_LINGERING = 256

/** Stops reading the bodies of requests that are answered early. */
export class UnreadBodies {
  /** Connections whose peers may still read their answers, the oldest first. */
  readonly #lingering = new Set<Socket>()

  /**
   * Stops reading a request, and closes its connection after the answer; does
   * nothing if the whole body has arrived, or little is missing. Called before the
   * headers of the answer are written.
   */
  leave(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    if (request.complete || response.headersSent || socket.destroyed) return
    if (isShort(request)) {
      response.once('finish', () => request.resume())
      return
    }
    // An unread body that has started to be read is kept and not discarded; reading stops.
    request.read(0)
    response.shouldKeepAlive = false
    // Node would close the connection with unread data, which resets it: the peer could lose an
    // answer that it has not read by then.
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
