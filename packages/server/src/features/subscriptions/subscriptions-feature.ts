import type { Feature } from '../../core/feature.ts'
import type { EventRecord } from '../../ports/engine.ts'
import { RESOURCE_EVENT, type ResourceEvents } from './resource-events.ts'
import type { SubscriptionExpiry } from './subscription-expiry.ts'
import {
  CHANGE_EVENT,
  SUBSCRIPTIONS_CHANNEL,
  type SubscriptionRegistry,
} from './subscription-registry.ts'

/** Hears what nodes tell one another of stored subscriptions. */
export class SubscriptionsFeature implements Feature {
  readonly channel = SUBSCRIPTIONS_CHANNEL
  readonly #registry: SubscriptionRegistry
  readonly #expiry: SubscriptionExpiry
  readonly #resourceEvents: ResourceEvents

  constructor(
    registry: SubscriptionRegistry,
    expiry: SubscriptionExpiry,
    resourceEvents: ResourceEvents,
  ) {
    this.#registry = registry
    this.#expiry = expiry
    this.#resourceEvents = resourceEvents
  }

  async onStart(): Promise<void> {
    await this.#registry.start()
    this.#expiry.start()
  }

  onRecord(record: EventRecord): void {
    if (record.event === RESOURCE_EVENT) this.#resourceEvents.receive(record)
    else if (record.event === CHANGE_EVENT) this.#registry.receive(record.payload)
  }
}
