import {
  CLOSE_CODES,
  type ConnectionId,
  type FieldsOf,
  type RealtimeError,
  type ServerFrameType,
  type TokenBucket,
} from '@coterie/protocol'
import type { Principal } from '../ports/principal.ts'
import type { Transport } from '../ports/transport.ts'
import { type ConnectionState, stateAfterClose } from './connection-state.ts'
import type { Membership } from './membership.ts'
import { Outbox, type OutboxContext } from './outbox.ts'
import { OutgoingFrame } from './outgoing-frame.ts'
import type { Responder } from './responder.ts'

/** What a connection is made of. */
export interface ConnectionParts {
  readonly id: ConnectionId
  /** A secret that cannot be guessed. */
  readonly secret: string
  readonly transport: Transport
  readonly outboxContext: OutboxContext
  readonly frameLimit: TokenBucket
  /** Wall time in ms since 1970. */
  readonly connectedAtMs: number
  readonly notAnonymous?: RealtimeError | undefined
}

/** A connection that has its user. */
export type UserConnection = Connection & { readonly principal: Principal }

/** Tells whether the user of a connection is known. */
export function hasUser(connection: Connection): connection is UserConnection {
  return connection.principal !== undefined
}

/** One socket or stream, with or without a known user. */
export class Connection implements Responder {
  readonly id: ConnectionId
  readonly transport: Transport
  readonly outbox: Outbox
  readonly frameLimit: TokenBucket
  readonly connectedAtMs: number
  /** Why the connection may not be used anonymously; undefined where it may. */
  readonly notAnonymous: RealtimeError | undefined
  readonly memberships = new Map<string, Membership>()
  /** Undefined until authenticated. */
  principal: Principal | undefined
  /** True while an anonymous user may still authenticate as another one. */
  isProvisional = false
  /** True while a token is being verified. */
  isAuthenticating = false
  /** Resolves once it is known whether the user may connect; undefined when that is known. */
  admission: Promise<void> | undefined
  isOpen = true
  /** How far the connection is before it has a user, and whether it has ended. */
  stage: 'initializing' | 'connecting' | 'connected' | 'disconnected' = 'initializing'
  /** The number of the last delivery that reached the connection. */
  lastDelivery = 0
  readonly #secret: string

  constructor(parts: ConnectionParts) {
    this.id = parts.id
    this.#secret = parts.secret
    this.transport = parts.transport
    this.outbox = new Outbox(parts.transport, parts.outboxContext)
    this.frameLimit = parts.frameLimit
    this.connectedAtMs = parts.connectedAtMs
    this.notAnonymous = parts.notAnonymous
  }

  /** The secret that proves a request comes from the client of this connection. */
  get session(): string {
    // The id in front finds the connection without an index of secrets.
    return `${this.id}.${this.#secret}`
  }

  get state(): ConnectionState {
    const { stage, outbox, principal } = this
    if (stage === 'disconnected') return stage
    if (outbox.closeCode !== undefined) return stateAfterClose(outbox.closeCode)
    // Until it is verified, a fresh token for the same user changes nothing.
    if (this.isAuthenticating && (!principal || this.isProvisional)) return 'authenticating'
    return principal ? 'authenticated' : stage
  }

  /** Tells whether frames may still arrive. */
  isActive(): boolean {
    return this.stage !== 'disconnected' && this.outbox.closeCode === undefined
  }

  /** Tells whether the connection has a user and frames may still reach it. */
  isAuthenticated(): boolean {
    return this.principal !== undefined && this.isActive()
  }

  /** Queues a frame that concerns this connection alone. */
  send<Type extends ServerFrameType>(type: Type, fields: FieldsOf<Type>): void {
    this.outbox.send(OutgoingFrame.of(type, fields))
  }

  /** Queues the answer to a client frame. */
  answer(frame: OutgoingFrame): void {
    this.outbox.send(frame)
  }

  /** Does nothing: answers are sent one by one, as soon as each is ready. */
  settled(): void {}

  /** Counts the channels and patterns that the client subscribed to. */
  get subscriptions(): number {
    let count = 0
    for (const { isSubscribed } of this.memberships.values()) if (isSubscribed) count += 1
    return count
  }

  /** Ends the connection with a code of the protocol; ignores what the client still sends. */
  close(code: number, reason: string): void {
    this.isOpen = false
    this.outbox.close(code, reason)
  }

  /** Marks the transport as ended. Repeating it changes nothing. */
  end(): void {
    this.isOpen = false
    this.stage = 'disconnected'
    this.outbox.end()
  }

  /** Ends a connection that cannot receive what it asked for fast enough. */
  endSlow(): void {
    this.close(CLOSE_CODES.tooSlow, 'too slow: more is waiting than may be queued')
  }
}
