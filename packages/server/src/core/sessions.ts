import {
  CLOSE_CODES,
  type ClientLimits,
  type RealtimeError,
  refuse,
  TokenBucket,
  userChannel,
} from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Principal } from '../ports/principal.ts'
import type { Transport } from '../ports/transport.ts'
import type { Access } from './access.ts'
import { anonymousPrincipal } from './anonymous.ts'
import { Connection, hasUser, type UserConnection } from './connection.ts'
import type { Connections } from './connections.ts'
import type { Definitions } from './definitions.ts'
import { drain } from './drain.ts'
import type { Feature } from './feature.ts'
import type { FeatureHost } from './feature-host.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Ids } from './ids.ts'
import { isoTime } from './iso-time.ts'
import type { RefusalFigures } from './limits/refusal-figures.ts'
import type { Memberships } from './memberships.ts'
import type { OutboxContext } from './outbox.ts'
import { recheckMemberships } from './recheck-memberships.ts'
import { errorFrame } from './responder.ts'
import { TokenWatch } from './token-watch.ts'
import { countBy, disconnectLabel, type TrafficFigures } from './traffic-figures.ts'
import { turnOf, type UserTurns } from './user-turns.ts'

/** A connection that has not authenticated after this time is closed, in ms. */
const AUTH_DEADLINE_MS = 10_000
const MAX_REASON_BYTES = 123

/** The limits of connections. */
export interface SessionsOptions {
  /** True allows connections without a token. */
  readonly anonymous: boolean
  readonly clientLimits: ClientLimits
  readonly connectionsPerUser: number
  readonly pingIntervalMs: number
  readonly silenceTimeoutMs: number
}

/** The parts that managing connections needs. */
export interface SessionsParts {
  readonly options: SessionsOptions
  readonly clock: Clock
  readonly ids: Ids
  readonly definitions: Definitions
  readonly memberships: Memberships
  readonly turns: UserTurns
  readonly outboxContext: OutboxContext
  readonly refused: RefusalFigures
  readonly traffic: TrafficFigures
  readonly connections: Connections
  readonly access: Access
  readonly host: Pick<FeatureHost, 'admit' | 'identified' | 'ended'>
  /** Refuses a revoked principal; undefined for any other. */
  readonly revoked: (principal: Principal) => ReturnType<typeof refuse> | undefined
}

/** Manages the lifecycle of connections: open, identify, keep alive, end. */
export class Sessions implements Pick<Feature, 'onStop'> {
  readonly connections: Connections
  readonly #parts: SessionsParts
  readonly #heartbeat: Heartbeat
  readonly #tokens: TokenWatch
  readonly #deadlines = new WeakMap<Connection, () => void>()

  constructor(parts: SessionsParts) {
    const { clock, options } = parts
    this.#parts = parts
    this.connections = parts.connections
    // Most tokens live for hours: only one that ends before the next visit needs a timer.
    this.#tokens = new TokenWatch(clock, 2 * options.pingIntervalMs)
    this.#heartbeat = new Heartbeat(
      clock,
      { intervalMs: options.pingIntervalMs, timeoutMs: options.silenceTimeoutMs },
      (connection) => this.#tokens.watch(connection),
    )
  }

  /** Opens a connection for a transport, with its user if known, and greets it. */
  open(
    transport: Transport,
    principal: Principal | undefined,
    notAnonymous?: RealtimeError,
  ): Connection {
    const { clock, options, ids, outboxContext } = this.#parts
    const { clientLimits } = options
    const connection = new Connection({
      id: ids.connection(),
      secret: ids.secret(),
      transport,
      outboxContext,
      frameLimit: new TokenBucket(
        clientLimits.frames_per_second,
        clientLimits.frames_burst,
        clock.elapsed(),
      ),
      connectedAtMs: clock.now(),
      notAnonymous,
    })
    this.connections.add(connection)
    this.#parts.traffic.connected += 1
    connection.stage = 'connecting'
    this.#heartbeat.add(connection)
    const isAnonymous = !principal && options.anonymous && !notAnonymous
    const identity = isAnonymous ? ids.identity() : undefined
    if (identity !== undefined) {
      connection.principal = anonymousPrincipal(identity)
      connection.isProvisional = true
    }
    const known = principal ?? connection.principal
    connection.send('connection', {
      connection_id: connection.id,
      session: connection.session,
      user_id: known?.userId ?? null,
      ...(identity !== undefined && { identity }),
      protocol: 1,
      ping_interval_ms: options.pingIntervalMs,
      timestamp: isoTime(this.#parts.clock.now()),
      limits: clientLimits,
    })
    connection.stage = 'connected'
    if (principal) {
      const refusal = this.identify(connection, principal)
      if (refusal) this.#refuse(connection, refusal.error)
    } else if (!known) {
      const overdue = (): void => {
        if (!connection.principal) {
          connection.close(CLOSE_CODES.unauthenticated, 'no auth within 10 s')
        }
      }
      this.#deadlines.set(connection, clock.setTimer(overdue, AUTH_DEADLINE_MS))
    }
    return connection
  }

  /** Assigns a principal to a connection, or refuses it. */
  identify(connection: Connection, principal: Principal): ReturnType<typeof refuse> | undefined {
    // A connection that ended during verification gets no user, so that it ends only once.
    if (!connection.isOpen) return refuse('forbidden', 'the connection has ended meanwhile')
    // The token may have been revoked while it was being verified.
    const refusal = this.#parts.revoked(principal)
    if (refusal) return refusal
    const isNew = connection.isProvisional || !connection.principal
    const { connectionsPerUser } = this.#parts.options
    if (isNew && this.connections.of(principal.userId).size >= connectionsPerUser) {
      this.#parts.refused.userConnections += 1
      return refuse('limit_exceeded', `a user has at most ${connectionsPerUser} connections`)
    }
    this.#cancelTimers(connection)
    connection.principal = principal
    if (isNew) this.settle(connection)
    else this.#recheck(connection)
    this.#tokens.watch(connection)
    return undefined
  }

  /** Makes the provisional anonymous user of a connection final. */
  settle(connection: Connection): void {
    connection.isProvisional = false
    if (hasUser(connection)) this.#settle(connection)
  }

  /** Records a sign of life. */
  heard(connection: Connection): void {
    this.#heartbeat.heard(connection)
  }

  /**
   * Removes a connection whose transport has ended, in its turn. Idempotent.
   *
   * @param peerCode the peer's close code, if the peer closed the connection
   */
  end(connection: Connection, peerCode?: number): void {
    if (connection.stage === 'disconnected') return
    const label = disconnectLabel(connection.outbox.closeCode, peerCode)
    countBy(this.#parts.traffic.disconnected, label)
    connection.end()
    this.#cancelTimers(connection)
    this.#heartbeat.remove(connection)
    // Very many may end at once, as after a network failure; so the work is done in turns.
    this.#parts.turns.add(turnOf(connection), { begin: () => this.#forget(connection) })
  }

  #forget(connection: Connection): void {
    this.connections.remove(connection)
    this.#parts.memberships.leaveAll(connection)
    this.#parts.host.ended(connection)
  }

  /** Closes all connections; resolves when the last one is gone. */
  async onStop(): Promise<void> {
    await drain(this, this.#parts.clock)
    this.#heartbeat.stop()
    this.#parts.outboxContext.stallWatch.stop()
    for (const connection of this.connections) this.#cancelTimers(connection)
  }

  #settle(connection: UserConnection): void {
    this.connections.linkUser(connection)
    const asked = this.#parts.host.admit(connection)
    if (!asked) {
      this.#welcome(connection)
      return
    }
    connection.admission = asked.then((refusal) => {
      connection.admission = undefined
      if (!connection.isOpen) return
      if (refusal) this.#putOut(connection, refusal)
      else this.#welcome(connection)
    })
  }

  // Another token of the same user may allow less.
  #recheck(connection: Connection): void {
    const { access, memberships } = this.#parts
    recheckMemberships(access, memberships, connection)
  }

  #putOut(connection: Connection, error: RealtimeError): void {
    this.#tell(connection, error)
    connection.close(CLOSE_CODES.refused, closeReason(error.message))
  }

  #welcome(connection: UserConnection): void {
    const channel = userChannel(connection.principal.userId)
    const definition = this.#parts.definitions.of(channel)
    if (definition) this.#parts.memberships.place(connection, channel, definition)
    this.#parts.host.identified(connection)
  }

  #refuse(connection: Connection, error: RealtimeError): void {
    this.#tell(connection, error)
    const { unauthenticated, refused } = CLOSE_CODES
    connection.close(error.code === 'unauthorized' ? unauthenticated : refused, error.message)
  }

  #tell(connection: Connection, error: RealtimeError): void {
    this.#parts.traffic.errors[error.code] += 1
    connection.answer(errorFrame(undefined, error))
  }

  #cancelTimers(connection: Connection): void {
    this.#deadlines.get(connection)?.()
    this.#deadlines.delete(connection)
    this.#tokens.forget(connection)
  }
}

// A WebSocket close frame cannot carry a longer reason.
function closeReason(text: string): string {
  const bytes = new Uint8Array(MAX_REASON_BYTES)
  const { read } = new TextEncoder().encodeInto(text, bytes)
  return text.slice(0, read)
}
