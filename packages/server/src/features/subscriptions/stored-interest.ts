import type { Connection } from '../../core/connection.ts'
import type { Connections } from '../../core/connections.ts'
import type { DeliveryFigures } from '../../core/delivery-figures.ts'
import type { OutgoingFrame } from '../../core/outgoing-frame.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EventRecord } from '../../ports/engine.ts'
import { documentOf } from './event-document.ts'
import { groupByUser } from './group-by-user.ts'
import { StoredEventFrames } from './stored-event-frames.ts'
import type { IndexedSubscription, SubscriptionIndex } from './subscription-index.ts'
import type { SubscriptionRights } from './subscription-rights.ts'

/** The parts of the hub that live delivery needs. */
export interface StoredInterestParts {
  readonly index: SubscriptionIndex
  readonly rights: SubscriptionRights
  readonly connections: Connections
  readonly clock: Clock
  readonly deliveryFigures: DeliveryFigures
}

/** Brings events to the connections of users who stored that they are interested. */
export class StoredInterest {
  readonly #parts: StoredInterestParts

  // Mostly few of those who are interested are connected, and fewer to this node.
  readonly #isHere = ({ stored }: IndexedSubscription): boolean =>
    this.#parts.connections.of(stored.userId).size > 0

  constructor(parts: StoredInterestParts) {
    this.#parts = parts
  }

  /** Queues what was published to a channel for those whom the delivery has not reached. */
  deliver(record: EventRecord, delivery: number): void {
    const { index, clock } = this.#parts
    if (!index.hasTopics) return
    const { channel, event, payload } = record
    const document = documentOf(channel, event, payload)
    const found = index.matchTopic(document, clock.now(), this.#isHere)
    if (found.length === 0) return
    this.deliverTo(found, record, (connection) => {
      if (connection.lastDelivery === delivery) return false
      connection.lastDelivery = delivery
      return connection.id !== record.excludeConnection
    })
  }

  /** Queues an event for the users of subscriptions, once for each connection that wants it. */
  deliverTo(
    found: readonly IndexedSubscription[],
    record: EventRecord,
    wants: (connection: Connection) => boolean = () => true,
  ): void {
    const { connections, deliveryFigures } = this.#parts
    const here = found.filter(this.#isHere)
    if (here.length === 0) return
    const frames = new StoredEventFrames(record)
    for (const [userId, items] of groupByUser(here)) {
      const vouched = items.filter(({ stored }) => stored.isVouched)
      // Written when the first connection gets it, and shared by all that get the same.
      const written = new Map<readonly IndexedSubscription[], OutgoingFrame>()
      for (const connection of connections.of(userId)) {
        if (!wants(connection)) continue
        const allowed = this.#mayHearAll(connection, items, vouched, record) ? items : vouched
        if (allowed.length === 0) continue
        const frame = written.get(allowed) ?? frames.write(allowed.map(({ stored }) => stored.id))
        written.set(allowed, frame)
        connection.outbox.event(undefined, record, frame)
        deliveryFigures.deliveries += 1
      }
    }
  }

  // A grant taken away, or another token of the same user, is seen here.
  #mayHearAll(
    { principal }: Connection,
    items: readonly IndexedSubscription[],
    vouched: readonly IndexedSubscription[],
    { channel }: EventRecord,
  ): boolean {
    if (items.length === vouched.length) return true
    return principal !== undefined && this.#parts.rights.mayHear(principal, channel)
  }
}
