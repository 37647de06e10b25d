import type { TransportKind } from '../ports/transport.ts'
import type { Connections } from './connections.ts'
import type { DeliveryFigures } from './delivery-figures.ts'
import type { FilterFigures } from './filter-figures.ts'
import type { RefusalFigures } from './limits/refusal-figures.ts'
import type { TrafficFigures } from './traffic-figures.ts'

/** Statistics of a hub: what exists now, and what was counted since it was made. */
export interface HubFigures extends Readonly<DeliveryFigures> {
  readonly connections: number
  readonly connectionsByTransport: Readonly<Record<TransportKind, number>>
  /** Users who have a connection to this node. */
  readonly users: number
  /** Channels and patterns that connections of this node are in. */
  readonly channels: number
  /** Connections that take less than they should get. */
  readonly slowConnections: number
  /** Bytes that wait for all connections together. */
  readonly queuedBytes: number
  /** What came in, went wrong and was answered since the hub was made. */
  readonly traffic: Readonly<TrafficFigures>
  /** What was refused since the hub was made because there was too much of it, by what bounds it. */
  readonly refused: Readonly<RefusalFigures>
  /** What the filters of stored subscriptions did since the hub was made. */
  readonly filters: Readonly<FilterFigures>
}

/** What a hub counts, and where it looks. */
export interface FiguresParts {
  readonly connections: Connections
  readonly channels: { readonly size: number }
  readonly deliveries: DeliveryFigures
  readonly traffic: TrafficFigures
  readonly refused: RefusalFigures
  readonly filters: Readonly<FilterFigures>
}

/** Sums up the connections of a node, and copies what was counted. */
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
