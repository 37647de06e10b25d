import type { Connections } from './connections.ts'
import type { DeliveryFigures } from './delivery-figures.ts'
import type { FilterFigures } from './filter-figures.ts'
import type { RefusalFigures } from './limits/refusal-figures.ts'

/** What a hub tells of its deliveries. */
export interface HubFigures extends Readonly<DeliveryFigures> {
  readonly connections: number
  /** Connections that take less than they should get. */
  readonly slowConnections: number
  /** Bytes that wait for all connections together. */
  readonly queuedBytes: number
  /** What was refused since the hub was made because there was too much of it, by what bounds it. */
  readonly refused: Readonly<RefusalFigures>
  /** What the filters of stored subscriptions did since the hub was made. */
  readonly filters: Readonly<FilterFigures>
}

/** Sums up the connections of a node. */
export function hubFigures(
  connections: Connections,
  deliveries: DeliveryFigures,
  refusals: RefusalFigures,
  filters: Readonly<FilterFigures>,
): HubFigures {
  let queuedBytes = 0
  let slowConnections = 0
  for (const { outbox } of connections) {
    queuedBytes += outbox.queuedBytes
    if (outbox.isSlow) slowConnections += 1
  }
  const refused = { ...refusals }
  return {
    ...deliveries,
    connections: connections.size,
    slowConnections,
    queuedBytes,
    refused,
    filters: { ...filters },
  }
}
