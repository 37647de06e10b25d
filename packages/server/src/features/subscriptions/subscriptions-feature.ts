import type { EventId } from '@coterie/protocol'
import type { Feature } from '../../core/feature.ts'
import type { Publication } from '../../core/publication.ts'
import type { EventRecord } from '../../ports/engine.ts'
import type { EventNotifications } from './event-notifications.ts'
import { RESOURCE_EVENT, type ResourceEvents } from './resource-events.ts'
import type { StoredInterest } from './stored-interest.ts'
import type { SubscriptionExpiry } from './subscription-expiry.ts'
import {
  CHANGE_EVENT,
  SUBSCRIPTIONS_CHANNEL,
  type SubscriptionRegistry,
} from './subscription-registry.ts'
import type { UntilDone } from './until-done.ts'

/** What the feature is made of. */
export interface SubscriptionsFeatureParts {
  readonly registry: SubscriptionRegistry
  readonly expiry: SubscriptionExpiry
  readonly resourceEvents: ResourceEvents
  readonly storedInterest: StoredInterest
  readonly notifications: EventNotifications
  readonly untilDone: UntilDone
}

/** Brings events to those who stored that they are interested, on whatever node. */
export class SubscriptionsFeature implements Feature {
  readonly channel = SUBSCRIPTIONS_CHANNEL
  readonly #parts: SubscriptionsFeatureParts

  constructor(parts: SubscriptionsFeatureParts) {
    this.#parts = parts
  }

  async onStart(): Promise<void> {
    const { registry, expiry } = this.#parts
    await registry.start()
    expiry.start()
  }

  async onClose(): Promise<void> {
    const { expiry, untilDone } = this.#parts
    untilDone.stop()
    await expiry.stop()
  }

  followUp(publication: Publication, id: EventId): (() => Promise<void>) | undefined {
    return this.#parts.notifications.follow(publication, id)
  }

  onDelivered(record: EventRecord, delivery: number): void {
    this.#parts.storedInterest.deliver(record, delivery)
  }

  // What nodes tell one another of stored subscriptions.
  onRecord(record: EventRecord): void {
    const { registry, resourceEvents } = this.#parts
    if (record.event === RESOURCE_EVENT) resourceEvents.receive(record)
    else if (record.event === CHANGE_EVENT) registry.receive(record.payload)
  }
}
