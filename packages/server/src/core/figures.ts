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
