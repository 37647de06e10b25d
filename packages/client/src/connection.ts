import {
  CLOSE_CODES,
  type ClientFrameInput,
  RealtimeError,
  type ServerFrame,
} from '@coterie/protocol'
import { AnonymousIdentity } from './anonymous-identity.ts'
import type { Backoff } from './backoff.ts'
import type { ClientSettings } from './client-options.ts'
import { type ClientStatus, type Phase, statusOf, TRANSITIONS } from './connection-phase.ts'
import type { ClientEnvironment } from './environment.ts'
import { type Closure, Link } from './link.ts'
import { decideReconnect, errorOfClosure } from './reconnect-policy.ts'
import { mayRetry } from './retry.ts'
import { createSignal } from './signal.ts'
import { fetchToken, type TokenContext } from './token.ts'
import type { TransportName } from './transport.ts'
import { TransportChoice } from './transport-choice.ts'
import { WebSocketProbe } from './websocket-probe.ts'

// A server that accepts and drops at once must meet a growing wait, not a fresh one.
const STABLE_AFTER_MS = 5_000
const NORMAL_CLOSURE = 1000
// As the platform reports a socket that ended without a close frame.
const ABNORMAL_CLOSURE = 1006

/** What a connection tells its owner. */
export interface ConnectionEvents {
  onReady(): void
  onFrame(frame: ServerFrame): void
  /** The link is gone; another will come, or `onEnd`. */
  onCut(): void
  /** Nothing will come until somebody calls `connect()`. */
  onEnd(error: RealtimeError): void
}

/** Keeps a link to the server: makes it, makes it again, and knows when to stop. */
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
  #isRetry = false
  #retryAtMs: number | null = null
  #hasRenewedToken = false
  #tokenReason: TokenContext['reason'] = 'connect'
  // Tells the answer of an abandoned attempt's token function from the current one's.
  #attempt = 0
  #cancelTimer: (() => void) | undefined
  #probe: WebSocketProbe | undefined
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

  /** The link that takes frames; undefined when there is none. */
  get link(): Link | undefined {
    return this.#phase === 'connected' ? this.#link : undefined
  }

  /** True when nothing will happen until `connect()`. */
  get hasEnded(): boolean {
    return this.#phase === 'disconnected' || this.#phase === 'refused'
  }

  /** Connects, unless that is under way or done. */
  connect(): void {
    if (this.#phase !== 'idle' && !this.hasEnded) return
    this.#failures = 0
    this.#isRetry = false
    this.#hasRenewedToken = false
    this.#tokenReason = 'connect'
    this.#choice.restart()
    this.#stopWatching ??= this.#environment.onWake(() => this.#wake())
    this.#attemptToConnect()
  }

  /** Ends everything after some last words; nothing in `idle` or `disconnected`. */
  disconnect(lastWords: readonly ClientFrameInput[]): void {
    if (this.#phase === 'idle' || this.#phase === 'disconnected') return
    const link = this.#link
    this.#link = undefined
    this.#finish('disconnected', new RealtimeError('unavailable', 'the client disconnected'))
    link?.close(NORMAL_CLOSURE, lastWords)
    this.#announce(null)
  }

  /** Ends the wait for the next attempt, if there is one. */
  reconnectNow(): void {
    if (this.#phase === 'waiting') this.#attemptToConnect()
  }

  /** Fetches a fresh token and authenticates with it, where the token is a function. */
  async renewToken(): Promise<void> {
    const { token } = this.#settings
    const link = this.#link
    if (typeof token !== 'function') return
    try {
      link?.renew(await fetchToken(token, 'expiring'))
    } catch (error) {
      // Not the end: the server closes when the token ends, and the next attempt fetches again.
      if (link === this.#link) this.error.set(error as RealtimeError)
    }
  }

  #wake(): void {
    this.reconnectNow()
    this.link?.probe()
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
      this.#fail(new RealtimeError('unavailable', 'no socket could be made', undefined, cause))
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
    this.userId.set(userId)
    this.#events.onReady()
    this.#announce(null)
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
    // As after any cut, what was not answered yet is asked again over the new link.
    this.#wait(0)
    this.#events.onCut()
    link?.close(NORMAL_CLOSURE)
    this.#announce()
  }

  // What went wrong on this side of the socket is treated as the matching close of the server.
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
    switch (verdict.kind) {
      case 'wait':
        this.#wait(verdict.delayMs)
        break
      case 'renew':
        this.#hasRenewedToken = true
        this.#tokenReason = 'refused'
        // Through `waiting`, so that the cut is told before anything of the next link.
        this.#wait(verdict.delayMs)
        break
      case 'refuse':
        this.#finish('refused', error)
        break
      case 'give_up':
        this.#finish('disconnected', error)
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

  #finish(phase: 'disconnected' | 'refused', error: RealtimeError): void {
    this.#enter(phase)
    this.#stopWatching?.()
    this.#stopWatching = undefined
    this.#events.onEnd(error)
  }

  #enter(phase: Phase): void {
    if (!TRANSITIONS[this.#phase].includes(phase)) {
      throw new Error(`no transition from ${this.#phase} to ${phase}`)
    }
    // An attempt has one timer, which runs on from the token to the handshake.
    if (phase !== 'handshaking') this.#cancelTimer?.()
    this.#probe?.stop()
    this.#probe = undefined
    this.#phase = phase
    this.#retryAtMs = null
  }

  // Last in every transition: a listener may call back, and must find all of it done.
  #announce(error?: RealtimeError | null): void {
    if (error !== undefined) this.error.set(error)
    this.retryAt.set(this.#retryAtMs)
    this.transport.set(this.#phase === 'connected' ? this.#choice.current : null)
    this.status.set(statusOf(this.#phase, this.#isRetry))
  }

  #startTimer(delayMs: number, run: () => void): void {
    this.#cancelTimer = this.#environment.clock.setTimer(run, delayMs)
  }
}
