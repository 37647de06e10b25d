import {
  CLOSE_CODES,
  type ClientFrameInput,
  RealtimeError,
  type ServerFrame,
} from '@coterie/protocol'
import { createSignal } from '../signals/signal.ts'
import { AnonymousIdentity } from './anonymous-identity.ts'
import type { Backoff } from './backoff.ts'
import type { ClientSettings } from './client-options.ts'
import type { Closure } from './closure.ts'
import { type ClientStatus, type Phase, statusOf, TRANSITIONS } from './connection-phase.ts'
import type { ClientEnvironment } from './environment.ts'
import { Link } from './link.ts'
import { decideReconnect, errorOfClosure } from './reconnect-policy.ts'
import { mayRetry } from './retry.ts'
import { fetchToken, type TokenContext } from './token.ts'
import { TokenRenewal } from './token-renewal.ts'
import type { TransportName } from './transport-choice.ts'
import { TransportChoice } from './transport-choice.ts'
import { WebSocketProbe } from './websocket-probe.ts'

// Against a server that accepts and drops at once, the delay must grow, not start afresh.
const STABLE_AFTER_MS = 5_000
const NORMAL_CLOSURE = 1000
/** Time to answer for a server that may be unreachable; a waking network takes a moment. */
const DOUBT_TIMEOUT_MS = 3_000
// The platform's code for a socket that ended without a close frame.
const ABNORMAL_CLOSURE = 1006

/** What a connection reports to its owner. */
export interface ConnectionEvents {
  onReady(): void
  onFrame(frame: ServerFrame): void
  /** The link is gone; another link or `onEnd` follows. */
  onCut(): void
  /** Nothing follows until `connect()`. */
  onEnd(): void
}

/** Keeps a link to the server: connects, reconnects, and decides when to stop. */
export class Connection {
  readonly status = createSignal<ClientStatus>('idle')
  readonly transport = createSignal<TransportName | null>(null)
  readonly userId = createSignal<string | null>(null)
  readonly error = createSignal<RealtimeError | null>(null)
  readonly retryAt = createSignal<number | null>(null)

  readonly #url: string
  readonly #settings: ClientSettings
  readonly #environment: ClientEnvironment
  readonly #backoff: Backoff
  readonly #events: ConnectionEvents
  readonly #choice: TransportChoice
  readonly #identity: AnonymousIdentity
  #phase: Phase = 'idle'
  #link: Link | undefined
  #failures = 0
  #failure: RealtimeError | undefined
  #isRetry = false
  /** True while it is unknown whether the link still reaches the server. */
  #isDoubted = false
  #retryAtMs: number | null = null
  #hasRenewedToken = false
  #tokenReason: TokenContext['reason'] = 'connect'
  // Tells the token of an abandoned attempt from that of the current one.
  #attempt = 0
  #cancelTimer: (() => void) | undefined
  #probe: WebSocketProbe | undefined
  #renewal: TokenRenewal | undefined
  #stopWatching: (() => void) | undefined

  constructor(
    url: string,
    settings: ClientSettings,
    environment: ClientEnvironment,
    backoff: Backoff,
    events: ConnectionEvents,
  ) {
    this.#url = url
    this.#settings = settings
    this.#environment = environment
    this.#backoff = backoff
    this.#events = events
    this.#choice = new TransportChoice(settings.transports)
    this.#identity = new AnonymousIdentity(settings.identityStorage, (error) =>
      environment.reportError(error),
    )
  }

  /** The link that accepts frames; undefined when there is none. */
  get link(): Link | undefined {
    return this.#phase === 'connected' ? this.#link : undefined
  }

  /** True when nothing happens until `connect()`. */
  get hasEnded(): boolean {
    return this.#phase === 'disconnected' || this.#phase === 'refused'
  }

  /** The error that ended the client; undefined after `disconnect()`. */
  get failure(): RealtimeError | undefined {
    return this.hasEnded ? this.#failure : undefined
  }

  /** Connects, unless it is connected or connecting. */
  connect(): void {
    if (this.#phase !== 'idle' && !this.hasEnded) return
    this.#failure = undefined
    this.#failures = 0
    this.#isRetry = false
    this.#hasRenewedToken = false
    this.#tokenReason = 'connect'
    this.#choice.restart()
    this.#stopWatching ??= this.#watch()
    this.#attemptToConnect()
  }

  /** Ends everything after some last frames; does nothing in `idle` or `disconnected`. */
  disconnect(lastWords: readonly ClientFrameInput[]): void {
    if (this.#phase === 'idle' || this.#phase === 'disconnected') return
    const link = this.#link
    this.#link = undefined
    this.#failure = undefined
    this.#finish('disconnected')
    link?.close(NORMAL_CLOSURE, lastWords)
    this.#announce(null)
  }

  /** Ends the delay before the next attempt, if there is one. */
  reconnectNow(): void {
    if (this.#phase === 'waiting') this.#attemptToConnect()
  }

  /** Takes the server's notice that the current token expires soon. */
  tokenExpiring(): void {
    this.#renewal?.expiring()
  }

  #watch(): () => void {
    const stops = [
      this.#environment.onWake(() => this.#wake()),
      this.#environment.onOffline(() => this.#doubt('the platform reports that it has no network')),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }

  #wake(): void {
    this.reconnectNow()
    if (this.#isDoubted || this.link?.isOverdue)
      this.#doubt('the server has been silent for too long')
    else this.link?.probe()
  }

  // The platform may be wrong, for example when the server runs on this machine: so the link stays
  // until the server fails to answer, but meanwhile the status is not `connected`.
  #doubt(reason: string): void {
    const { link } = this
    if (!link) return
    const timeoutMs = Math.min(DOUBT_TIMEOUT_MS, this.#settings.pongTimeoutMs)
    link.doubt(timeoutMs, () => this.#trust())
    if (this.#isDoubted) return
    this.#isDoubted = true
    this.#announce(new RealtimeError('unavailable', reason))
  }

  #trust(): void {
    this.#isDoubted = false
    this.#announce(null)
  }

  #attemptToConnect(): void {
    this.#enter('fetching_token')
    this.#attempt += 1
    const attempt = this.#attempt
    const { connectTimeoutMs, token } = this.#settings
    this.#startTimer(connectTimeoutMs, () => {
      this.#link?.close(NORMAL_CLOSURE)
      this.#fail(new RealtimeError('timeout', `no connection within ${connectTimeoutMs} ms`))
    })
    this.#announce()
    if (!this.#isCurrent(attempt)) return
    if (token === undefined) this.#open(undefined)
    else {
      fetchToken(token, this.#tokenReason).then(
        (fresh) => this.#isCurrent(attempt) && this.#open(fresh),
        (error: RealtimeError) => this.#isCurrent(attempt) && this.#fail(error),
      )
    }
  }

  #isCurrent(attempt: number): boolean {
    return this.#phase === 'fetching_token' && this.#attempt === attempt
  }

  #open(token: string | undefined): void {
    this.#enter('handshaking')
    try {
      this.#link = new Link(
        this.#choice.current,
        this.#url,
        { token, identity: this.#identity },
        this.#settings,
        this.#environment,
        {
          onReady: (userId) => this.#ready(userId),
          onFrame: (frame) => this.#events.onFrame(frame),
          onClosed: (closure) => this.#closed(closure),
        },
      )
    } catch (cause) {
      this.#fail(new RealtimeError('unavailable', 'a socket could not be opened', { cause }))
    }
  }

  #ready(userId: string | null): void {
    this.#enter('connected')
    this.#startTimer(STABLE_AFTER_MS, () => {
      this.#failures = 0
      this.#hasRenewedToken = false
    })
    this.#tokenReason = 'connect'
    this.#choice.restart()
    if (this.#choice.isFallback) this.#startProbe()
    this.#renewal = this.#createRenewal()
    this.userId.set(userId)
    this.#events.onReady()
    this.#announce(null)
  }

  #createRenewal(): TokenRenewal | undefined {
    const { token } = this.#settings
    if (typeof token !== 'function') return undefined
    return new TokenRenewal({
      clock: this.#environment.clock,
      backoff: this.#backoff,
      fetchToken: () => fetchToken(token, 'expiring'),
      authenticate: (fresh, settle) => this.#link?.renew(fresh, settle),
      onFailed: (error) => this.error.set(error),
    })
  }

  #startProbe(): void {
    this.#probe = new WebSocketProbe({
      environment: this.#environment,
      url: this.#url,
      timeoutMs: this.#settings.connectTimeoutMs,
      onOpen: () => this.#upgrade(),
    })
  }

  #upgrade(): void {
    const link = this.#link
    this.#link = undefined
    this.#choice.prefer()
    this.#isRetry = true
    // As after any disconnect, unanswered requests are resent over the new link.
    this.#wait(0)
    this.#events.onCut()
    link?.close(NORMAL_CLOSURE)
    this.#announce()
  }

  // A failure on this side of the socket is treated as the matching close code of the server.
  #fail(error: RealtimeError): void {
    const code = mayRetry(error) ? ABNORMAL_CLOSURE : CLOSE_CODES.refused
    this.#closed({ code, reason: '', error })
  }

  #closed(closure: Closure): void {
    const wasConnected = this.#phase === 'connected'
    const isUnheard = this.#phase === 'handshaking' && !this.#link?.isWelcomed
    const fallsBack = isUnheard && this.#choice.failed(closure.code)
    if (wasConnected && this.#failures > 0) this.#choice.dropped()
    const error = errorOfClosure(closure)
    const verdict = decideReconnect(closure, {
      ...this.#settings,
      failures: this.#failures,
      fallsBack,
      canFetchToken: typeof this.#settings.token === 'function',
      hasRenewedToken: this.#hasRenewedToken,
      backoff: this.#backoff,
      random: () => this.#environment.random(),
    })
    this.#link = undefined
    this.#isRetry = true
    this.#failure = error
    switch (verdict.kind) {
      case 'wait':
        this.#wait(verdict.delayMs)
        break
      case 'renew':
        this.#hasRenewedToken = true
        this.#tokenReason = 'refused'
        // Through `waiting`, so that `onCut` is reported before anything of the next link.
        this.#wait(verdict.delayMs)
        break
      case 'refuse':
        this.#finish('refused')
        break
      case 'give_up':
        this.#finish('disconnected')
    }
    if (wasConnected && !this.hasEnded) this.#events.onCut()
    this.#announce(error)
  }

  #wait(delayMs: number): void {
    this.#failures += 1
    this.#enter('waiting')
    this.#retryAtMs = this.#environment.clock.now() + delayMs
    this.#startTimer(delayMs, () => this.#attemptToConnect())
  }

  #finish(phase: 'disconnected' | 'refused'): void {
    this.#enter(phase)
    this.#stopWatching?.()
    this.#stopWatching = undefined
    this.#events.onEnd()
  }

  #enter(phase: Phase): void {
    if (!TRANSITIONS[this.#phase].includes(phase)) {
      throw new Error(`no transition from ${this.#phase} to ${phase}`)
    }
    // An attempt has one timer, which covers the token, the socket and the handshake.
    if (phase !== 'handshaking') this.#cancelTimer?.()
    this.#probe?.stop()
    this.#probe = undefined
    this.#renewal?.stop()
    this.#renewal = undefined
    this.#phase = phase
    this.#isDoubted = false
    this.#retryAtMs = null
  }

  // Last in every transition: a listener may call back and must find the transition complete.
  #announce(error?: RealtimeError | null): void {
    if (error !== undefined) this.error.set(error)
    this.retryAt.set(this.#retryAtMs)
    const isConnected = this.#phase === 'connected' && !this.#isDoubted
    this.transport.set(isConnected ? this.#choice.current : null)
    this.status.set(this.#isDoubted ? 'reconnecting' : statusOf(this.#phase, this.#isRetry))
  }

  #startTimer(delayMs: number, run: () => void): void {
    this.#cancelTimer = this.#environment.clock.setTimer(run, delayMs)
  }
}
