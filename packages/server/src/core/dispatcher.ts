import {
  CLOSE_CODES,
  type ClientLimits,
  type DecodedFrame,
  type Err,
  peekFrame,
  type RealtimeError,
} from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Connection } from './connection.ts'
import type { Outcome } from './feature.ts'
import type { FrameHandlers } from './frame-handlers.ts'
import { FrameLane } from './frame-lane.ts'
import { refuseUnknown } from './frame-sender.ts'
import { createInbound, type Inbound, type Message } from './inbound.ts'
import type { Limits } from './limits/limits.ts'
import { rateLimited } from './limits/rate-limiter.ts'
import type { RefusalFigures } from './limits/refusal-figures.ts'
import { OutgoingFrame } from './outgoing-frame.ts'
import { readFrame } from './read-frame.ts'
import { errorFrame, type Responder, replyFrame } from './responder.ts'
import type { Sessions } from './sessions.ts'
import type { TrafficFigures } from './traffic-figures.ts'
import { turnOf, type UserTurns } from './user-turns.ts'

/** What a dispatcher is made of. */
export interface DispatcherParts {
  readonly handlers: FrameHandlers
  readonly clock: Clock
  readonly limits: Pick<ClientLimits, 'json_depth' | 'bytes_per_second' | 'bytes_burst'>
  readonly refused: RefusalFigures
  readonly traffic: TrafficFigures
  readonly users: Pick<Limits, 'userFrames' | 'userBytes' | 'guests'>
  readonly turns: UserTurns
  readonly sessions: Pick<Sessions, 'heard' | 'settle'>
}

/** A client frame on its way through the hub. */
interface Request {
  readonly connection: Connection
  readonly decoded: DecodedFrame
  readonly responder: Responder
}

/** Routes each client frame to its handler, and returns answers in order. */
export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #inbound = new WeakMap<Connection, Inbound>()

  constructor(parts: DispatcherParts) {
    this.#parts = parts
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
    // Any message is a sign of life.
    this.#parts.sessions.heard(connection)
    const bytes = Buffer.byteLength(text)
    const { traffic } = this.#parts
    traffic.framesReceived += 1
    traffic.bytesReceived += bytes
    const message: Message = {
      connection,
      text,
      bytes,
      responder,
      begin: () => this.#begin(message),
    }
    if (this.#isWithinRate(message)) this.#enqueue(message)
  }

  /** Counts useless bytes from a connection as refusals. */
  countRefusedBytes(connection: Connection, bytes: number): void {
    const { rate } = this.#inboundOf(connection)
    if (!rate.refuseBytes(bytes, this.#parts.clock.elapsed())) closeTooFast(connection)
  }

  // Checked before anything is parsed: a refused message costs next to nothing.
  #isWithinRate(message: Message): boolean {
    const refusal = this.#refusalOf(message)
    if (!refusal) return true
    if (this.#mayRefuse(message.connection)) this.#refuseInOrder(message, refusal.error)
    else message.responder.settled()
    return false
  }

  // Queued after the waiting messages of the connection, so that answers stay in order.
  #refuseInOrder({ connection, text, responder }: Message, error: RealtimeError): void {
    const inbound = this.#inboundOf(connection)
    const { id } = peekFrame(text)
    if (inbound.queued === 0) {
      this.#refuse(responder, id, error)
      return
    }
    inbound.queued += 1
    this.#parts.turns.add(inbound.source, {
      begin: () => {
        inbound.queued -= 1
        this.#refuse(responder, id, error)
      },
    })
  }

  #refusalOf({ connection, bytes }: Message): Err<RealtimeError> | undefined {
    const { clock, refused, users } = this.#parts
    const excess = this.#inboundOf(connection).rate.take(bytes, clock.elapsed())
    if (excess) {
      refused[excess.kind] += 1
      return rateLimited(excess.kind, excess.waitMs)
    }
    // A user has one limit, however many connections it opens.
    if (!connection.principal) return undefined
    const account = users.guests.accountOf(connection)
    return users.userFrames.take(account) ?? users.userBytes.take(account, bytes)
  }

  #enqueue(message: Message): void {
    const { connection, bytes } = message
    const inbound = this.#inboundOf(connection)
    // Messages of a connection stay in order, also while its user is being verified.
    if (inbound.queued === 0) inbound.source = turnOf(connection)
    inbound.queued += 1
    this.#parts.turns.add(inbound.source, message, bytes)
  }

  #begin(message: Message): void {
    const { connection, responder } = message
    this.#inboundOf(connection).queued -= 1
    if (connection.isOpen) this.#admit(message)
    else responder.settled()
  }

  // Refusing costs too: a client that does not slow down is disconnected in the end.
  #mayRefuse(connection: Connection): boolean {
    if (this.#inboundOf(connection).rate.refuse(this.#parts.clock.elapsed())) return true
    closeTooFast(connection)
    return false
  }

  #admit(message: Message): void {
    const { connection, responder } = message
    const inbound = this.#inboundOf(connection)
    if (inbound.isHeld) {
      inbound.waiting.push(message)
      return
    }
    if (connection.admission) {
      this.#hold(inbound, message, connection.admission)
      return
    }
    const decoded = this.#read(message)
    if (!decoded) return
    const request = { connection, decoded, responder }
    const { frame } = decoded
    if (frame.type === 'auth') {
      this.#authenticate(inbound, request)
      return
    }
    if (!connection.principal && frame.type !== 'ping') {
      this.#refuse(responder, frame.id, refuseUnknown(connection).error)
      return
    }
    if (connection.isProvisional && frame.type !== 'ping') {
      // An anonymous user who acts can no longer authenticate as another one.
      this.#parts.sessions.settle(connection)
      if (connection.admission) {
        this.#hold(inbound, message, connection.admission)
        return
      }
    }
    this.#dispatch(inbound, request)
  }

  // Undefined where the message is answered already.
  #read({ connection, text, bytes, responder }: Message): DecodedFrame | undefined {
    const decoded = readFrame(connection, text, bytes, this.#parts.limits.json_depth)
    if (decoded.ok) return decoded.value
    if (decoded.error.kind === 'refused') {
      this.#refuse(responder, decoded.error.id, decoded.error.error)
    } else {
      connection.close(CLOSE_CODES.notAFrame, decoded.error.reason)
      responder.settled()
    }
    return undefined
  }

  // Until it is known that the user may connect, its messages wait.
  #hold(inbound: Inbound, message: Message, admission: Promise<void>): void {
    inbound.isHeld = true
    inbound.waiting.unshift(message)
    void admission.then(() => this.#resume(inbound))
  }

  // One in each turn: many connections may wait for the same moment.
  async #resume(inbound: Inbound): Promise<void> {
    const { waiting } = inbound
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (next.connection.isOpen) await this.#parts.turns.take(turnOf(next.connection))
      waiting.shift()
      inbound.isHeld = false
      if (next.connection.isOpen) this.#admit(next)
      else next.responder.settled()
      // When that message has to wait again, its own continuation serves the rest.
      if (inbound.isHeld) return
      inbound.isHeld = true
    }
    inbound.isHeld = false
  }

  // Verifying a token takes time; later messages belong to the user that it names.
  #authenticate(inbound: Inbound, request: Request): void {
    inbound.isHeld = true
    const handled = this.#parts.handlers.handle(request.connection, request.decoded)
    void Promise.resolve(handled).then((outcome) => {
      this.#finish(request, outcome)
      void this.#resume(inbound)
    })
  }

  #dispatch(inbound: Inbound, request: Request): void {
    const { connection, decoded } = request
    const { frame } = decoded
    const finish = (outcome: Outcome): void => this.#finish(request, outcome)
    if (!('channel' in frame)) {
      const handled = this.#parts.handlers.handle(connection, decoded)
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
    lane.add(() => this.#parts.handlers.handle(connection, decoded), finish, isBarrier)
  }

  #finish({ connection, decoded, responder }: Request, outcome: Outcome): void {
    const { id } = decoded.frame
    if (connection.isOpen) {
      if (!outcome.ok) {
        const isAnswered = outcome.error.code !== 'rate_limited' || this.#mayRefuse(connection)
        if (isAnswered) this.#answerError(responder, id, outcome.error)
      } else {
        const { payload, onQueued, type = 'reply' } = outcome.value
        if (type === 'pong') responder.answer(OutgoingFrame.of(type, { id }))
        else if (id !== undefined) responder.answer(replyFrame(id, payload()))
        onQueued?.()
      }
    }
    responder.settled()
  }

  #refuse(responder: Responder, id: string | undefined, error: RealtimeError): void {
    this.#answerError(responder, id, error)
    responder.settled()
  }

  #answerError(responder: Responder, id: string | undefined, error: RealtimeError): void {
    this.#parts.traffic.errors[error.code] += 1
    responder.answer(errorFrame(id, error))
  }

  #inboundOf(connection: Connection): Inbound {
    let inbound = this.#inbound.get(connection)
    if (!inbound) {
      const { clock, limits } = this.#parts
      inbound = createInbound(connection, limits, clock.elapsed())
      this.#inbound.set(connection, inbound)
    }
    return inbound
  }
}

function closeTooFast(connection: Connection): void {
  connection.close(CLOSE_CODES.rateLimited, 'rate limit exceeded repeatedly')
}
