import type { EventRecord } from '../ports/engine.ts'
import type { Access } from './access.ts'
import type { DeliveryFigures } from './delivery-figures.ts'
import { eventFrame } from './event-frame.ts'
import type { Interest } from './interest.ts'
import type { Membership } from './membership.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

/** Queues events and signals of a channel for its receivers on this node. */
export class Fanout {
  readonly #interest: Interest
  readonly #access: Access
  readonly #figures: DeliveryFigures
  #delivery = 0

  constructor(interest: Interest, access: Access, figures: DeliveryFigures) {
    this.#interest = interest
    this.#access = access
    this.#figures = figures
  }

  /**
   * Queues an event, encoded once for all. Never waits for a socket.
   *
   * @returns the number of this delivery, stored as `lastDelivery` of each receiver
   */
  deliver(record: EventRecord): number {
    const members = this.#interest.members(record.channel)
    const listeners = this.#interest.byPattern(record.channel)
    // Marks the receivers of this event without a set per event.
    this.#delivery += 1
    if (members.size > 0 || listeners.length > 0) this.#deliverTo(members, listeners, record)
    return this.#delivery
  }

  #deliverTo(
    members: ReadonlySet<Membership>,
    listeners: readonly Membership[],
    record: EventRecord,
  ): void {
    const { channel, excludeConnection } = record
    const frame = eventFrame(record)
    // Counts all members, then subtracts the excluded one: no cost per receiver.
    let reached = members.size
    for (const membership of members) {
      const { connection } = membership
      if (membership.claims(record)) connection.lastDelivery = this.#delivery
      if (connection.id !== excludeConnection) membership.receive(record, frame)
      else reached -= 1
    }
    const byPattern = new Map<string, OutgoingFrame>()
    for (const membership of listeners) {
      const { connection, channel: pattern } = membership
      if (connection.lastDelivery === this.#delivery) continue
      connection.lastDelivery = this.#delivery
      const { principal } = connection
      if (connection.id === excludeConnection || !principal) continue
      if (!this.#access.mayReadByPattern(principal, channel)) continue
      const patternFrame = byPattern.get(pattern) ?? eventFrame(record, pattern)
      byPattern.set(pattern, patternFrame)
      membership.receive(record, patternFrame)
      reached += 1
    }
    this.#figures.deliveries += reached
  }

  /** Queues a signal for all members of a channel; it may be dropped. */
  signal(channel: string, frame: OutgoingFrame): void {
    for (const { connection, isLive } of this.#interest.members(channel)) {
      // A member whose join may still be refused receives nothing.
      if (isLive) connection.outbox.signal(frame)
    }
  }

  /** Counts the connections of this node that an event of the channel reaches. */
  countReceivers(channel: string, excludeConnection?: string): number {
    const members = this.#interest.members(channel)
    const listeners = this.#interest.byPattern(channel)
    if (listeners.length === 0 && excludeConnection === undefined) return members.size
    const receivers = new Set<string>()
    for (const { connection } of members) receivers.add(connection.id)
    for (const { connection } of listeners) {
      const { principal } = connection
      if (principal && this.#access.mayReadByPattern(principal, channel))
        receivers.add(connection.id)
    }
    if (excludeConnection !== undefined) receivers.delete(excludeConnection)
    return receivers.size
  }
}
