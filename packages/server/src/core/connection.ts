import type { ConnectionId, RealtimeError, TokenBucket } from '@coterie/protocol'
import { CLOSE_CODES } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import type { Principal } from '../ports/principal.ts'
import type { Transport } from '../ports/transport.ts'
import type { FlushQueue } from './flush-queue.ts'
import type { Membership } from './membership.ts'
import { Outbox } from './outbox.ts'
import { OutgoingFrame } from './outgoing-frame.ts'

/** What a connection is made of. */
export interface ConnectionParts {
  readonly id: ConnectionId
  readonly session: string
  readonly transport: Transport
  readonly flushQueue: FlushQueue
  readonly maxQueuedBytes: number
  readonly frameLimit: TokenBucket
}

/** One socket or stream, whoever is behind it. */
export class Connection {
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
  /** Monotonic time in ms of the last sign of life. */
  lastSeenMs = 0

  constructor(parts: ConnectionParts) {
    this.id = parts.id
    this.session = parts.session
    this.transport = parts.transport
    this.outbox = new Outbox(parts.transport, parts.flushQueue, parts.maxQueuedBytes)
    this.frameLimit = parts.frameLimit
  }

  /** Queues a frame that concerns this connection alone. */
  send(type: string, fields: object): void {
    this.outbox.answer(new OutgoingFrame(type, JSON.stringify(fields)))
  }

  /** Queues the reply to the client frame with this id. */
  reply(id: string, payload: JsonText): void {
    const fields = `{"id":${JSON.stringify(id)},"payload":${payload}}`
    this.outbox.answer(new OutgoingFrame('reply', fields))
  }

  /** Queues an error; with the id of the client frame it refuses. */
  refuse(id: string | undefined, error: RealtimeError): void {
    const { code, message, details } = error
    this.send('error', { id, code, message, details })
  }

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
