import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CLOSE_CODES, type ErrorCode, RealtimeError, TokenBucket } from '@coterie/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { FairQueue } from '../core/fair-queue.ts'
import type { Peer } from '../core/peer.ts'
import type { ClientAddresses } from '../http/client-address.ts'
import type { Identification } from '../http/handshake.ts'
import type { RealtimeHub } from '../hub.ts'
import { FrameJoiner } from './frame-joiner.ts'
import { type Reader, ReadingTurns } from './reading-turns.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import { WebSocketTransport } from './websocket-transport.ts'

const SUBPROTOCOL = 'coterie.v1'
const MAX_FRAGMENTS = 1_024
/** Fragments of one frame at most; a network needs 50 for the longest frame. */
const MAX_BUFFERED_CHUNKS = 1_024
/** Frames that may wait until the user is known; reading pauses beyond it. */
const MAX_EARLY_FRAMES = 100
/** The cost of opening a connection, in units of a small frame. */
const UNITS_PER_UPGRADE = 8
/** Bytes of these frames; it is unknown whether they are valid. */
const MAX_EARLY_BYTES = 131_072
const CLOSE_CODE_OF: Partial<Record<ErrorCode, number>> = {
  forbidden: CLOSE_CODES.refused,
  // The token may be valid: the client retries with it.
  rate_limited: CLOSE_CODES.rateLimited,
  unavailable: CLOSE_CODES.unavailable,
}

/** Accepts WebSockets and connects them to the hub. */
export class WebSockets {
  readonly #hub: RealtimeHub
  readonly #identification: Identification
  readonly #addresses: ClientAddresses
  readonly #server: WebSocketServer
  readonly #joiner = new FrameJoiner()
  readonly #turns: ReadingTurns
  /** Very many upgrades at once are spread over ticks; addresses take turns. */
  readonly #arrivals: FairQueue<string, () => void>
  /** Warns developers once; further requests must not fill the log. */
  #hasWarned = false

  constructor(hub: RealtimeHub, identification: Identification, addresses: ClientAddresses) {
    this.#hub = hub
    this.#addresses = addresses
    this.#identification = identification
    this.#turns = new ReadingTurns(hub.clock)
    this.#arrivals = new FairQueue(hub.clock, (arrive) => arrive())
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: hub.config.clientLimits.frame_bytes,
      // Fragments of one byte would cost far more than they carry. The types of `ws` lag behind.
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    } as ConstructorParameters<typeof WebSocketServer>[0])
  }

  /** Answers the upgrade request of a client. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (socket.destroyed) return
    const address = this.#addresses.of(request)
    const admitted = this.#hub.limits.connections.admit(address)
    if (!admitted.ok) {
      this.#refuse(socket, admitted.error)
      return
    }
    socket.once('close', admitted.value)
    const noteFailure = (error: Error): void => this.#hub.logger.debug({ error }, 'a socket failed')
    socket.once('error', noteFailure)
    const arrive = (): void => {
      socket.off('error', noteFailure)
      this.#arrive(request, socket, head, address)
    }
    this.#arrivals.add(address, arrive, UNITS_PER_UPGRADE)
  }

  #arrive(request: IncomingMessage, socket: Duplex, head: Buffer, address: string): void {
    if (socket.destroyed) return
    if (this.#hub.isClosing) {
      this.#refuse(socket, new RealtimeError('unavailable', 'the server is leaving'))
      return
    }
    // The greeting and the early answers are sent together with the upgrade response.
    socket.cork()
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      void this.#accept(webSocket, request, address)
        .catch((error: unknown) => {
          this.#hub.logger.error({ error }, 'a WebSocket could not be accepted')
          webSocket.close(CLOSE_CODES.internalError)
        })
        .then(() => setImmediate(() => socket.uncork()))
    })
  }

  #refuse(socket: Duplex, error: RealtimeError): void {
    this.#hub.traffic.errors[error.code] += 1
    void refuseUpgrade(socket, error)
  }

  // Control frames are not frames of the protocol, and cost as much.
  #limitControlFrames(webSocket: WebSocket, transport: WebSocketTransport): void {
    const { clock, limits } = this.#hub
    const { frames_per_second: perSecond, frames_burst: burst } = this.#hub.config.clientLimits
    const bucket = new TokenBucket(perSecond, burst, clock.elapsed())
    const count = (): void => {
      if (webSocket.readyState !== webSocket.OPEN || bucket.take(clock.elapsed())) return
      limits.figures.controlFrames += 1
      transport.close(CLOSE_CODES.rateLimited, 'too many pings')
    }
    webSocket.on('ping', count)
    webSocket.on('pong', count)
  }

  // The client may still send a token.
  #foreignPage({ headers }: IncomingMessage): RealtimeError | undefined {
    if (!this.#hub.config.anonymous) return undefined
    const refusal = this.#identification.refuseForeignPage(headers)?.error
    if (refusal && !this.#hasWarned) this.#hub.logger.warn({}, refusal.message)
    this.#hasWarned ||= refusal !== undefined
    return refusal
  }

  async #accept(webSocket: WebSocket, request: IncomingMessage, address: string): Promise<void> {
    // `ws` follows an error with `close`, and the code that it chose.
    webSocket.on('error', (error) => this.#hub.logger.debug({ error }, 'a WebSocket failed'))
    const { config } = this.#hub
    const transport = new WebSocketTransport(webSocket, address, this.#joiner)
    this.#limitControlFrames(webSocket, transport)
    const early: Early = { messages: [], bytes: 0, isFull: false }
    const reader: Reader = {
      pause: () => webSocket.pause(),
      resume: () => {
        if (!early.isFull) webSocket.resume()
      },
    }
    webSocket.on('message', (data: Buffer, isBinary) => {
      this.#turns.count(reader, data.length)
      if (isBinary) transport.close(CLOSE_CODES.notAFrame, 'frames are text')
      else if (early.peer) early.peer.receive(data.toString('utf8'))
      else {
        early.bytes += data.length
        const count = early.messages.push(data.toString('utf8'))
        early.isFull = count >= MAX_EARLY_FRAMES || early.bytes >= MAX_EARLY_BYTES
        if (early.isFull) webSocket.pause()
      }
    })

    if (!this.#identification.isPossible && !config.anonymous) {
      this.#identification.noteRefused()
      transport.close(CLOSE_CODES.unauthenticated, 'this server has no way to know anybody')
      return
    }
    const query = queryOf(request)
    const identified = await this.#identification.identify(request.headers, query, address)
    if (!identified.ok) {
      const { code, message } = identified.error
      this.#hub.traffic.errors[code] += 1
      transport.close(CLOSE_CODE_OF[code] ?? CLOSE_CODES.unauthenticated, message)
      return
    }
    if (webSocket.readyState !== webSocket.OPEN) return
    const stranger = identified.value ? undefined : this.#foreignPage(request)
    if (stranger && !this.#identification.isPossible) {
      transport.close(CLOSE_CODES.refused, stranger.message)
      return
    }
    const peer = this.#hub.connect(transport, identified.value, stranger)
    webSocket.on('close', (code) => peer.end(code))
    webSocket.on('pong', () => peer.sawLife())
    transport.onDrain(() => peer.drained())
    early.peer = peer
    for (const message of early.messages) peer.receive(message)
    early.isFull = false
    webSocket.resume()
  }
}

// Frames may arrive while the token of the handshake is being verified.
interface Early {
  peer?: Peer
  bytes: number
  /** True when reading has paused until then. */
  isFull: boolean
  readonly messages: string[]
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : url.slice(start))
}
