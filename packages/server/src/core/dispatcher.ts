import {
  CLOSE_CODES,
  type ClientFrame,
  type ClientFrameType,
  type ClientLimits,
  type DecodedFrame,
  decodeClientFrame,
  RealtimeError,
  refuse,
  TokenBucket,
} from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { JsonText } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'
import type { Connection } from './connection.ts'
import type { Feature, FrameHandler, Outcome } from './feature.ts'
import { FrameLane } from './frame-lane.ts'
import { rateLimited } from './limits/rate-limiter.ts'
import type { RefusalFigures } from './limits/refusal-figures.ts'
import { OutgoingFrame } from './outgoing-frame.ts'
import { errorFrame, type Responder, replyFrame } from './responder.ts'

/** Frames that may be refused at once before a connection is closed with 4029. */
const REFUSALS_BURST = 1_000
/** Frames a second that may be refused for ever. */
const REFUSALS_PER_SECOND = 10

/** What a dispatcher is made of. */
export interface DispatcherParts {
  readonly features: readonly Feature[]
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: Pick<ClientLimits, 'json_depth' | 'bytes_per_second' | 'bytes_burst'>
  readonly refused: RefusalFigures
  /** Called for each message: whoever sends one lives. */
  readonly onHeard: (connection: Connection) => void
  /** Called when an anonymous user acts, and so is nobody else. */
  readonly onSettled: (connection: Connection) => void
}

/** A client frame on its way through the hub. */
interface Request {
  readonly connection: Connection
  readonly decoded: DecodedFrame
  readonly responder: Responder
}

interface Inbound {
  readonly lanes: Map<string, FrameLane<Outcome>>
  /** Frames that wait for `auth` to be answered; undefined when nothing is under way. */
  waiting: Request[] | undefined
  readonly bytes: TokenBucket | undefined
  readonly refusals: TokenBucket
}

/** Leads each client frame to the feature that handles it, and its answer back in order. */
export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #handlers = new Map<string, FrameHandler<ClientFrameType>>()
  readonly #inbound = new WeakMap<Connection, Inbound>()

  constructor(parts: DispatcherParts) {
    this.#parts = parts
    for (const { frames = {} } of parts.features) {
      for (const [type, handler] of Object.entries(frames)) {
        this.#handlers.set(type, handler as FrameHandler<ClientFrameType>)
      }
    }
  }

  /**
   * Takes one message as it came from the socket. Never throws.
   *
   * @param responder where the answer goes; settled once for each message
   */
  receive(connection: Connection, text: string, responder: Responder = connection): void {
    if (!connection.isOpen) {
      responder.settled()
      return
    }
    this.#parts.onHeard(connection)
    const decoded = decodeClientFrame(text, this.#parts.limits.json_depth)
    if (decoded.ok) {
      const { id } = decoded.value.frame
      if (!this.#isWithinRate(connection, text, id, responder)) return
      this.#admit({ connection, decoded: decoded.value, responder })
    } else if (decoded.error.kind === 'refused') {
      const { id, error } = decoded.error
      const isWithin = this.#isWithinRate(connection, text, id, responder)
      if (isWithin) refuseFrame(responder, id, error)
    } else {
      connection.close(CLOSE_CODES.notAFrame, decoded.error.reason)
      responder.settled()
    }
  }

  #isWithinRate(
    connection: Connection,
    text: string,
    id: string | undefined,
    responder: Responder,
  ): boolean {
    const { clock, refused } = this.#parts
    const nowMs = clock.elapsed()
    const inbound = this.#inboundOf(connection)
    const { frameLimit } = connection
    const bytes = inbound.bytes === undefined ? 0 : Buffer.byteLength(text)
    const waitMs = Math.max(frameLimit.waitMs(nowMs), inbound.bytes?.waitMs(nowMs, bytes) ?? 0)
    if (waitMs === 0) {
      frameLimit.take(nowMs)
      inbound.bytes?.take(nowMs, bytes)
      return true
    }
    const kind = frameLimit.waitMs(nowMs) > 0 ? 'frames' : 'bytes'
    refused[kind] += 1
    if (this.#mayRefuse(connection)) {
      refuseFrame(responder, id, rateLimited(kind, waitMs).error)
    } else {
      responder.settled()
    }
    return false
  }

  // Refusing costs too: whoever does not slow down is not answered for ever.
  #mayRefuse(connection: Connection): boolean {
    if (this.#inboundOf(connection).refusals.take(this.#parts.clock.elapsed())) return true
    connection.close(CLOSE_CODES.rateLimited, 'rate limit exceeded repeatedly')
    return false
  }

  #admit(request: Request): void {
    const { connection, decoded, responder } = request
    const inbound = this.#inboundOf(connection)
    if (inbound.waiting) {
      inbound.waiting.push(request)
      return
    }
    if (connection.admission) {
      this.#hold(inbound, request, connection.admission)
      return
    }
    const { frame } = decoded
    if (frame.type === 'auth') {
      this.#authenticate(inbound, request)
      return
    }
    if (!connection.principal && frame.type !== 'ping') {
      const error = new RealtimeError('unauthorized', 'send auth first')
      refuseFrame(responder, frame.id, error)
      return
    }
    if (connection.isProvisional && frame.type !== 'ping') {
      this.#parts.onSettled(connection)
      if (connection.admission) {
        this.#hold(inbound, request, connection.admission)
        return
      }
    }
    this.#dispatch(inbound, request)
  }

  // Whoever may not connect is not served meanwhile.
  #hold(inbound: Inbound, request: Request, admission: Promise<void>): void {
    inbound.waiting = [request]
    void admission.then(() => this.#resume(inbound))
  }

  #resume(inbound: Inbound): void {
    const waiting = inbound.waiting ?? []
    inbound.waiting = undefined
    for (const next of waiting) {
      if (next.connection.isOpen) this.#admit(next)
      else next.responder.settled()
    }
  }

  // Verifying a token takes time, and what follows it is meant for who it names.
  #authenticate(inbound: Inbound, request: Request): void {
    inbound.waiting = []
    const handled = this.#handle(request.connection, request.decoded)
    void Promise.resolve(handled).then((outcome) => {
      this.#finish(request, outcome)
      this.#resume(inbound)
    })
  }

  #dispatch(inbound: Inbound, request: Request): void {
    const { connection, decoded } = request
    const { frame } = decoded
    const finish = (outcome: Outcome): void => this.#finish(request, outcome)
    if (!('channel' in frame)) {
      const handled = this.#handle(connection, decoded)
      if (handled instanceof Promise) void handled.then(finish)
      else finish(handled)
      return
    }
    const { channel } = frame
    const isBarrier = frame.type === 'subscribe' || frame.type === 'unsubscribe'
    let lane = inbound.lanes.get(channel)
    if (!lane) {
      lane = new FrameLane(() => inbound.lanes.delete(channel))
      inbound.lanes.set(channel, lane)
    }
    lane.add(() => this.#handle(connection, decoded), finish, isBarrier)
  }

  #handle(connection: Connection, decoded: DecodedFrame): Outcome | Promise<Outcome> {
    const { frame, payloadText } = decoded
    const handler = this.#handlers.get(frame.type)
    if (!handler) return refuse('unknown_type', `this server does not serve ${frame.type} frames`)
    try {
      const handled = handler(connection, frame, payloadText as JsonText)
      return handled instanceof Promise
        ? handled.catch((error: unknown) => this.#failed(connection, frame, error))
        : handled
    } catch (error) {
      return this.#failed(connection, frame, error)
    }
  }

  #failed(connection: Connection, frame: ClientFrame, error: unknown): Outcome {
    const isExpected = error instanceof RealtimeError
    if (!isExpected || error.code === 'unavailable') {
      const fields = { connection_id: connection.id, frame_type: frame.type, error }
      this.#parts.logger.error(fields, 'a frame could not be handled')
    }
    // What went wrong inside is for the log, not for the other side.
    return isExpected && error.code !== 'unavailable'
      ? { ok: false, error }
      : refuse(isExpected ? 'unavailable' : 'internal', 'the server could not do this now')
  }

  #finish({ connection, decoded, responder }: Request, outcome: Outcome): void {
    const { id } = decoded.frame
    if (connection.isOpen) {
      if (!outcome.ok) {
        const isAnswered = outcome.error.code !== 'rate_limited' || this.#mayRefuse(connection)
        if (isAnswered) responder.answer(errorFrame(id, outcome.error))
      } else {
        const { payload, onQueued, type = 'reply' } = outcome.value
        if (type === 'pong') responder.answer(new OutgoingFrame(type, JSON.stringify({ id })))
        else if (id !== undefined) responder.answer(replyFrame(id, payload()))
        onQueued?.()
      }
    }
    responder.settled()
  }

  #inboundOf(connection: Connection): Inbound {
    let inbound = this.#inbound.get(connection)
    if (!inbound) {
      const nowMs = this.#parts.clock.elapsed()
      const { bytes_per_second: bytesPerSecond, bytes_burst: bytesBurst } = this.#parts.limits
      const refusals = new TokenBucket(REFUSALS_PER_SECOND, REFUSALS_BURST, nowMs)
      const bytes =
        bytesPerSecond > 0 ? new TokenBucket(bytesPerSecond, bytesBurst, nowMs) : undefined
      inbound = { lanes: new Map(), waiting: undefined, bytes, refusals }
      this.#inbound.set(connection, inbound)
    }
    return inbound
  }
}

function refuseFrame(responder: Responder, id: string | undefined, error: RealtimeError): void {
  responder.answer(errorFrame(id, error))
  responder.settled()
}
