import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CLOSE_CODES } from '@coterie/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { noAuthenticator } from '../auth/jwt-authenticator.ts'
import type { ResolvedConfig } from '../config.ts'
import type { Connection } from '../core/connection.ts'
import type { Dispatcher } from '../core/dispatcher.ts'
import type { Sessions } from '../core/sessions.ts'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { readToken } from './handshake.ts'
import { WebSocketTransport } from './websocket-transport.ts'

const SUBPROTOCOL = 'coterie.v1'
const MAX_FRAGMENTS = 1_024

/** What WebSockets need of the hub. */
export interface WebSocketsParts {
  readonly config: ResolvedConfig
  readonly sessions: Sessions
  readonly dispatcher: Dispatcher
  readonly authenticator: Authenticator
  readonly clock: Clock
  readonly logger: Logger
}

/** Accepts WebSockets and joins them to the hub. */
export class WebSockets {
  readonly #parts: WebSocketsParts
  readonly #server: WebSocketServer

  constructor(parts: WebSocketsParts) {
    this.#parts = parts
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: parts.config.clientLimits.frame_bytes,
      maxFragments: MAX_FRAGMENTS,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    } as ConstructorParameters<typeof WebSocketServer>[0])
  }

  /** Answers the upgrade request of a client. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#accept(webSocket, request).catch((error: unknown) => {
        this.#parts.logger.error({ error }, 'a WebSocket could not be accepted')
        webSocket.close(CLOSE_CODES.internalError)
      })
    })
  }

  async #accept(webSocket: WebSocket, request: IncomingMessage): Promise<void> {
    // Errors are followed by `close`, with the code that `ws` chose for them.
    webSocket.on('error', (error) => this.#parts.logger.debug({ error }, 'a WebSocket failed'))
    const { config, sessions, authenticator } = this.#parts
    const transport = new WebSocketTransport(webSocket, request.socket.remoteAddress ?? '')
    const early: Early = { messages: [] }
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) transport.close(CLOSE_CODES.notAFrame, 'frames are text')
      else if (early.connection) this.#receive(early.connection, data)
      else early.messages.push(data)
    })

    if (authenticator === noAuthenticator && !config.anonymous) {
      transport.close(CLOSE_CODES.unauthenticated, 'this server has no way to know anybody')
      return
    }
    const token = readToken(request, config.allowedOrigins)
    if (!token.ok) {
      transport.close(CLOSE_CODES.refused, token.error.message)
      return
    }
    const principal =
      token.value === undefined ? undefined : await authenticator.authenticate(token.value)
    if (principal && !principal.ok) {
      transport.close(CLOSE_CODES.unauthenticated, principal.error.message)
      return
    }
    if (webSocket.readyState !== webSocket.OPEN) return
    const connection = sessions.open(transport, principal?.value)
    webSocket.on('close', () => sessions.end(connection))
    webSocket.on('pong', () => {
      connection.lastSeenMs = this.#parts.clock.elapsed()
    })
    early.connection = connection
    for (const message of early.messages) this.#receive(connection, message)
  }

  #receive(connection: Connection, data: Buffer): void {
    this.#parts.dispatcher.receive(connection, data.toString('utf8'))
  }
}

// Verifying the token of a handshake takes time, in which frames may already come.
interface Early {
  connection?: Connection
  readonly messages: Buffer[]
}
