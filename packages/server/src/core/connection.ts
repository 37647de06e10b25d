import type { ConnectionId, TokenBucket } from '@coterie/protocol'
import { CLOSE_CODES } from '@coterie/protocol'
import type { Principal } from '../ports/principal.ts'
import type { Transport } from '../ports/transport.ts'
import type { Membership } from './membership.ts'
import { Outbox, type OutboxContext } from './outbox.ts'
import { OutgoingFrame } from './outgoing-frame.ts'
import type { Responder } from './responder.ts'

/** What a connection is made of. */
export interface ConnectionParts {
  readonly id: ConnectionId
  readonly session: string
  readonly transport: Transport
  readonly outboxContext: OutboxContext
  readonly frameLimit: TokenBucket
}

/** One socket or stream, whoever is behind it. */
export class Connection implements Responder {
  readonly id: ConnectionId
  readonly session: string
  readonly transport: Transport
  readonly outbox: Outbox
  readonly frameLimit: TokenBucket
  readonly memberships = new Map<string, Membership>()
  /** Undefined until authenticated. */
  principal: Principal | undefined
  /** True while an anonymous user may still turn out to be somebody. */
  isProvisional = false
  isOpen = true
  /** The last event that reached the connection, as counted by the fan-out. */
  lastDelivery = 0

  constructor(parts: ConnectionParts) {
    this.id = parts.id
    this.session = parts.session
    this.transport = parts.transport
    this.outbox = new Outbox(parts.transport, parts.outboxContext)
    this.frameLimit = parts.frameLimit
  }

  /** Queues a frame that concerns this connection alone. */
  send(type: string, fields: object): void {
    this.outbox.send(new OutgoingFrame(type, JSON.stringify(fields)))
  }

  /** Queues the answer to a client frame. */
  answer(frame: OutgoingFrame): void {
    this.outbox.send(frame)
  }

  /** Answers come one by one, whenever they are ready. */
  settled(): void {}

  /** Counts the channels and patterns that the client subscribed to. */
  get subscriptions(): number {
    let count = 0
    for (const { isSubscribed } of this.memberships.values()) if (isSubscribed) count += 1
    return count
  }

  /** Ends the connection with a code of the protocol; what it still sends is not heard. */
  close(code: number, reason: string): void {
    this.isOpen = false
    this.outbox.close(code, reason)
  }

  /** Ends a connection that cannot take what it asked for. */
  endSlow(): void {
    this.close(CLOSE_CODES.tooSlow, 'too slow: more is waiting than may be queued')
  }
}
