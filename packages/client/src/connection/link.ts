import {
  CLOSE_CODES,
  type ClientFrameInput,
  type ClientLimits,
  type ConnectionFrame,
  copyJson,
  DEFAULT_LIMITS,
  err,
  ok,
  RealtimeError,
  type Result,
  type ServerFrame,
} from '@coterie/protocol'
import type { AnonymousIdentity } from './anonymous-identity.ts'
import { readTokenEnd, readUserId } from './auth-reply.ts'
import type { ClientSettings } from './client-options.ts'
import { type Closure, closeCodeOf, withCloseCode } from './closure.ts'
import type { ClientEnvironment, SocketLike } from './environment.ts'
import { findMisfit } from './frame-fit.ts'
import { findAnsweredId, readLimits, readServerFrame } from './frame-reader.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Credentials, LinkEvents } from './link-events.ts'
import { Outbox, type RequestOptions } from './outbox.ts'
import { Requests, type Settle } from './requests.ts'
import { mayRetry } from './retry.ts'
import { openSocket } from './transport.ts'
import type { TransportName } from './transport-choice.ts'

// The server pings a stream once per interval, so an earlier client ping would only cost requests.
const SILENT_PING_INTERVALS = 1.5
/** Codes from here on are the protocol's own (RFC 6455 section 7.4.2). */
const LOWEST_OWN_CODE = 4_000
const NOT_CONNECTED = 'the connection was lost before the answer came'

/** The lifecycle of one socket: welcome, authentication, frames both ways, the end. */
export class Link {
  readonly #environment: ClientEnvironment
  readonly #events: LinkEvents
  readonly #socket: SocketLike
  readonly #outbox: Outbox
  readonly #requests: Requests
  readonly #heartbeat: Heartbeat
  #limits: ClientLimits = DEFAULT_LIMITS
  #phase: 'opening' | 'authenticating' | 'ready' | 'closed' = 'opening'
  #isWelcomed = false
  #cancelDoubt: (() => void) | undefined
  /** The last error of the server, unless another frame followed it. */
  #lastComplaint: RealtimeError | undefined
  #pingIntervalMs: number
  #token: string | undefined
  readonly #identity: AnonymousIdentity
  #authorization = ''
  /** When the current token expires, by the server's clock; NaN when the server does not say. */
  #tokenEndMs = Number.NaN

  constructor(
    transport: TransportName,
    url: string,
    { token, identity }: Credentials,
    settings: ClientSettings,
    environment: ClientEnvironment,
    events: LinkEvents,
  ) {
    const { clock } = environment
    this.#environment = environment
    this.#events = events
    this.#token = token
    this.#identity = identity
    this.#outbox = new Outbox(clock, (text) => this.#socket.send(text))
    this.#requests = new Requests(clock, settings.replyTimeoutMs)
    this.#pingIntervalMs = settings.pingIntervalMs
    this.#heartbeat = new Heartbeat({
      clock,
      timeoutMs: settings.pongTimeoutMs,
      ping: () => this.request({ type: 'ping' }, () => {}, { isUrgent: true }),
      onDead: () => this.#abandon(CLOSE_CODES.noHeartbeat, 'the server fell silent'),
    })
    this.#socket = openSocket(transport, url, settings.replyTimeoutMs, environment)
    this.#socket.onmessage = ({ data }) => this.#receive(data)
    if (this.#isStream) this.#socket.onlife = () => this.#heartbeat.heard()
    this.#socket.onclose = ({ code, reason }) => {
      // A network failure is unrelated to an earlier error of the server.
      const error = code >= LOWEST_OWN_CODE ? this.#lastComplaint : undefined
      this.#end({ code, reason, error: error && withCloseCode(error, code) })
    }
  }

  /** The server's limits; the defaults until it announces them. */
  get limits(): ClientLimits {
    return this.#limits
  }

  /** The value of the `Authorization` header for REST. */
  get authorization(): string {
    return this.#authorization
  }

  /** True after the server's welcome. */
  get isWelcomed(): boolean {
    return this.#isWelcomed
  }

  // Answers do not arrive over a stream, so they do not show that it lives.
  get #isStream(): boolean {
    return this.#socket.onlife !== undefined
  }

  /** Sends a frame and passes on its outcome, at once when it cannot be sent. */
  request(frame: ClientFrameInput, settle: Settle, options: RequestOptions = {}): void {
    if (this.#phase === 'closed') {
      settle(err(new RealtimeError('unavailable', NOT_CONNECTED)))
      return
    }
    const copy = copyJson(frame, frame.type)
    if (!copy.ok) {
      settle(copy)
      return
    }
    const id = this.#requests.open(settle)
    const text = JSON.stringify({ ...(copy.value as object), id })
    const misfit = findMisfit(text, this.#limits)
    if (misfit) {
      this.#requests.settle(id, err(misfit))
      return
    }
    this.#outbox.push({
      ...options,
      text,
      onSent: () => this.#requests.sent(id),
      onDropped: (error) => this.#requests.settle(id, err(error)),
    })
  }

  /** Sends a frame that needs no answer. */
  send(frame: ClientFrameInput): void {
    if (this.#phase === 'ready') this.#outbox.push({ text: JSON.stringify(frame) })
  }

  /** Pings the server at once. */
  probe(): void {
    if (this.#phase === 'ready') this.#heartbeat.ask()
  }

  /** True when the other end has been silent for too long, as after a sleep. */
  get isOverdue(): boolean {
    return this.#phase === 'ready' && this.#heartbeat.isOverdue
  }

  /**
   * Pings the server and ends the link when no answer comes in time.
   *
   * Only the answer itself counts: other frames may have arrived before the network failed.
   */
  doubt(timeoutMs: number, onAnswer: () => void): void {
    if (this.#phase !== 'ready') return
    this.#cancelDoubt?.()
    const cancel = this.#environment.clock.setTimer(
      () => this.#abandon(CLOSE_CODES.noHeartbeat, 'the server cannot be reached'),
      timeoutMs,
    )
    this.#cancelDoubt = cancel
    const settle: Settle = ({ ok: isAnswered }) => {
      if (!isAnswered || this.#cancelDoubt !== cancel) return
      cancel()
      this.#cancelDoubt = undefined
      onAnswer()
    }
    this.request({ type: 'ping' }, settle, { isUrgent: true })
  }

  /** Authenticates again with a new token; reports whether the new one lasts longer. */
  renew(token: string, settle: (lasts: Result<boolean>) => void): void {
    const take: Settle = (result) => {
      if (!result.ok) {
        settle(result)
        return
      }
      const before = this.#tokenEndMs
      this.#authenticatedBy(token, result.value)
      settle(ok(!(this.#tokenEndMs <= before)))
    }
    this.request({ type: 'auth', token }, take, { isUrgent: true })
  }

  /** Sends the last frames that the pace allows and closes, without a report to the owner. */
  close(code: number, lastWords: readonly ClientFrameInput[] = []): void {
    if (this.#phase === 'closed') return
    if (this.#phase === 'ready')
      this.#outbox.finish(lastWords.map((frame) => JSON.stringify(frame)))
    this.#release(code)
  }

  #receive(data: unknown): void {
    if (this.#phase === 'closed') return
    if (!this.#isStream) this.#heartbeat.heard()
    const frame = readServerFrame(data)
    try {
      if (frame) this.#handle(frame)
      else this.#requests.unreadable(findAnsweredId(data))
    } catch (error) {
      this.#environment.reportError(error)
    }
  }

  #handle(frame: ServerFrame): void {
    if (frame.type === 'connection') {
      if (this.#phase === 'opening') this.#welcome(frame)
      return
    }
    // The server gives the reason before it closes; a close code says less.
    this.#lastComplaint =
      frame.type === 'error' && frame.id === undefined
        ? new RealtimeError(frame.code, frame.message, { details: frame.details })
        : undefined
    const isAnswer = frame.type === 'reply' || frame.type === 'error' || frame.type === 'pong'
    if (isAnswer && this.#requests.receive(frame)) return
    if (this.#phase === 'ready') this.#events.onFrame(frame)
  }

  #welcome(frame: ConnectionFrame): void {
    this.#isWelcomed = true
    const { timestamp = '' } = frame
    this.#events.onFrame({ type: 'ping', timestamp })
    this.#limits = readLimits(frame.limits)
    this.#outbox.pace(this.#limits)
    if (this.#isStream) this.#pingIntervalMs = SILENT_PING_INTERVALS * frame.ping_interval_ms
    const token = this.#token
    this.#token = undefined
    this.#authorization = `Session ${frame.session}`
    this.#phase = 'authenticating'
    if (token === undefined) {
      this.#comeBack(frame)
      return
    }
    this.request({ type: 'auth', token }, (result) => {
      if (result.ok) this.#authenticatedBy(token, result.value)
      this.#authenticated(result)
    })
  }

  #authenticatedBy(token: string, reply: unknown): void {
    this.#authorization = `Bearer ${token}`
    this.#tokenEndMs = readTokenEnd(reply)
  }

  // A client without a token may have connected before as an anonymous user.
  #comeBack({ identity: offered, user_id: userId }: ConnectionFrame): void {
    const begin = (): void => {
      if (offered !== undefined) this.#identity.keep(offered)
      this.#ready(userId)
    }
    const known = this.#identity.recall()
    if (offered === undefined || known === undefined) {
      begin()
      return
    }
    this.request({ type: 'auth', identity: known }, (result) => {
      // A secret that was finally refused identifies nobody: this is a new user.
      if (!result.ok && !mayRetry(result.error) && this.#phase === 'authenticating') begin()
      else this.#authenticated(result)
    })
  }

  #authenticated(result: Result<unknown>): void {
    if (this.#phase !== 'authenticating') return
    if (result.ok) this.#ready(readUserId(result.value))
    else this.#abandon(closeCodeOf(result.error), result.error.message, result.error)
  }

  #ready(userId: string | null): void {
    this.#phase = 'ready'
    this.#heartbeat.start(this.#pingIntervalMs)
    this.#events.onReady(userId)
  }

  // A half-open socket may take minutes to report its close, so nothing waits for it.
  #abandon(code: number, reason: string, error?: RealtimeError): void {
    this.#release(code, () => this.#events.onClosed({ code, reason, error }))
  }

  #end(closure: Closure): void {
    if (this.#phase !== 'closed') this.#release(undefined, () => this.#events.onClosed(closure))
  }

  #release(closeWith: number | undefined, tell?: () => void): void {
    this.#phase = 'closed'
    this.#heartbeat.stop()
    this.#cancelDoubt?.()
    this.#cancelDoubt = undefined
    this.#outbox.close()
    this.#socket.onmessage = null
    this.#socket.onclose = null
    if (this.#isStream) this.#socket.onlife = null
    if (closeWith !== undefined) this.#socket.close(closeWith)
    // The owner is told first, so that it does not take the failures that follow for answers.
    tell?.()
    this.#requests.fail(new RealtimeError('unavailable', NOT_CONNECTED))
  }
}
