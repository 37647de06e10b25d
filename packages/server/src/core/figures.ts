import type { ConnectionId, UserId } from '@coterie/protocol'
import type { TransportKind } from '../ports/transport.ts'
import type { Connections } from './connections.ts'
import type { DeliveryFigures } from './delivery-figures.ts'

/** What a hub tells of its deliveries. */
export interface HubFigures extends Readonly<DeliveryFigures> {
  readonly connections: number
  /** Connections that take less than they should get. */
  readonly slowConnections: number
  /** Bytes that wait for all connections together. */
  readonly queuedBytes: number
}

/** What a hub tells of one connection. */
export interface ConnectionFigures {
  readonly connectionId: ConnectionId
  /** Null until authenticated. */
  readonly userId: UserId | null
  readonly transport: TransportKind
  /** Channels and patterns that the connection is in. */
  readonly subscriptions: number
  /** Bytes that wait, in the hub and in the transport. */
  readonly queuedBytes: number
  /** True while the connection takes less than it should get. */
  readonly isSlow: boolean
  /** Subscriptions that are behind their log and catch up from it. */
  readonly behind: number
}

/** Sums up the connections of a node. */
export function hubFigures(connections: Connections, deliveries: DeliveryFigures): HubFigures {
  let queuedBytes = 0
  let slowConnections = 0
  for (const { outbox } of connections) {
    queuedBytes += outbox.queuedBytes
    if (outbox.isSlow) slowConnections += 1
  }
  return { ...deliveries, connections: connections.size, slowConnections, queuedBytes }
}

/** Lists the connections of a node, with what each has still to receive. */
export function connectionFigures(connections: Connections): ConnectionFigures[] {
  return [...connections].map(({ id, principal, transport, outbox, memberships }) => ({
    connectionId: id,
    userId: principal?.userId ?? null,
    transport: transport.kind,
    subscriptions: memberships.size,
    queuedBytes: outbox.queuedBytes,
    isSlow: outbox.isSlow,
    behind: outbox.behind,
  }))
}
