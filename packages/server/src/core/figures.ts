import type { TransportKind } from '../ports/transport.ts'
import type { Connections } from './connections.ts'
import type { DeliveryFigures } from './delivery-figures.ts'
import type { FilterFigures } from './filter-figures.ts'
import type { RefusalFigures } from './limits/refusal-figures.ts'
import type { TrafficFigures } from './traffic-figures.ts'

/** Statistics of a hub: what exists now, and counters since it was created. */
export interface HubFigures extends Readonly<DeliveryFigures> {
  readonly connections: number
  readonly connectionsByTransport: Readonly<Record<TransportKind, number>>
  /** Users with a connection to this node. */
  readonly users: number
  /** Channels and patterns that connections of this node are subscribed to. */
  readonly channels: number
  /** Connections that receive more slowly than they should. */
  readonly slowConnections: number
  /** Bytes waiting for all connections together. */
  readonly queuedBytes: number
  /** Incoming traffic, failures and answers since the hub was created. */
  readonly traffic: Readonly<TrafficFigures>
  /** Refusals since the hub was created because of a limit, by limit. */
  readonly refused: Readonly<RefusalFigures>
  /** Counters of the filters of stored subscriptions since the hub was created. */
  readonly filters: Readonly<FilterFigures>
}

/** What the statistics of a hub are taken from. */
export interface FiguresParts {
  readonly connections: Connections
  readonly channels: { readonly size: number }
  readonly deliveries: DeliveryFigures
  readonly traffic: TrafficFigures
  readonly refused: RefusalFigures
  readonly filters: Readonly<FilterFigures>
}

/** Sums up the connections of a node, and copies the counters. */
export function hubFigures(parts: FiguresParts): HubFigures {
  const { connections, channels, deliveries, traffic, refused, filters } = parts
  const connectionsByTransport: Record<TransportKind, number> = { websocket: 0, sse: 0, local: 0 }
  let queuedBytes = 0
  let slowConnections = 0
  for (const { outbox, transport } of connections) {
    connectionsByTransport[transport.kind] += 1
    queuedBytes += outbox.queuedBytes
    if (outbox.isSlow) slowConnections += 1
  }
  return {
    ...deliveries,
    connections: connections.size,
    connectionsByTransport,
    users: connections.users,
    channels: channels.size,
    slowConnections,
    queuedBytes,
    traffic: structuredClone(traffic),
    refused: { ...refused },
    filters: { ...filters },
  }
}
