import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CLOSE_CODES, type ErrorCode } from '@coterie/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Peer, RealtimeHub } from '../hub.ts'
import { FrameJoiner } from './frame-joiner.ts'
import type { Identification } from './handshake.ts'
import { WebSocketTransport } from './websocket-transport.ts'

const SUBPROTOCOL = 'coterie.v1'
const MAX_FRAGMENTS = 1_024
const CLOSE_CODE_OF: Partial<Record<ErrorCode, number>> = {
  forbidden: CLOSE_CODES.refused,
  // The token may be good: the client comes back with it.
  unavailable: CLOSE_CODES.unavailable,
}

/** Accepts WebSockets and joins them to the hub. */
export class WebSockets {
  readonly #hub: RealtimeHub
  readonly #identification: Identification
  readonly #server: WebSocketServer
  readonly #joiner = new FrameJoiner()

  constructor(hub: RealtimeHub, identification: Identification) {
    this.#hub = hub
    this.#identification = identification
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: hub.config.clientLimits.frame_bytes,
      // One byte a fragment would cost far more than it carries. The types lag behind `ws`.
      maxFragments: MAX_FRAGMENTS,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    } as ConstructorParameters<typeof WebSocketServer>[0])
  }

  /** Answers the upgrade request of a client. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // The greeting and the answers to early frames leave with the answer to the upgrade.
    socket.cork()
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      void this.#accept(webSocket, request)
        .catch((error: unknown) => {
          this.#hub.logger.error({ error }, 'a WebSocket could not be accepted')
          webSocket.close(CLOSE_CODES.internalError)
        })
        .then(() => setImmediate(() => socket.uncork()))
    })
  }

  #transport(webSocket: WebSocket, request: IncomingMessage): WebSocketTransport {
    return new WebSocketTransport(webSocket, request.socket.remoteAddress ?? '', this.#joiner)
  }

  async #accept(webSocket: WebSocket, request: IncomingMessage): Promise<void> {
    // Errors are followed by `close`, with the code that `ws` chose for them.
    webSocket.on('error', (error) => this.#hub.logger.debug({ error }, 'a WebSocket failed'))
    const { config } = this.#hub
    const transport = this.#transport(webSocket, request)
    const early: Early = { messages: [] }
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) transport.close(CLOSE_CODES.notAFrame, 'frames are text')
      else if (early.peer) early.peer.receive(data.toString('utf8'))
      else early.messages.push(data.toString('utf8'))
    })

    if (!this.#identification.isPossible && !config.anonymous) {
      transport.close(CLOSE_CODES.unauthenticated, 'this server has no way to know anybody')
      return
    }
    const query = new URL(request.url ?? '', 'http://localhost').searchParams
    const identified = await this.#identification.identify(request.headers, query)
    if (!identified.ok) {
      const { code, message } = identified.error
      transport.close(CLOSE_CODE_OF[code] ?? CLOSE_CODES.unauthenticated, message)
      return
    }
    if (webSocket.readyState !== webSocket.OPEN) return
    const peer = this.#hub.connect(transport, identified.value)
    webSocket.on('close', () => peer.end())
    webSocket.on('pong', () => peer.sawLife())
    transport.onDrain(() => peer.drained())
    early.peer = peer
    for (const message of early.messages) peer.receive(message)
  }
}

// Verifying the token of a handshake takes time, in which frames may already come.
interface Early {
  peer?: Peer
  readonly messages: string[]
}
