import type { Access } from '../../core/access.ts'
import type { Connections } from '../../core/connections.ts'
import type { Definitions } from '../../core/definitions.ts'
import type { DeliveryFigures } from '../../core/delivery-figures.ts'
import type { Feature } from '../../core/feature.ts'
import type { FilterFigures } from '../../core/filter-figures.ts'
import type { Ids } from '../../core/ids.ts'
import type { Interest } from '../../core/interest.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { SubscriptionRepository } from '../../ports/subscription-repository.ts'
import { EventNotifications, type Notify } from './event-notifications.ts'
import { FilterRoom } from './filter-room.ts'
import { ResourceEvents } from './resource-events.ts'
import { StoredInterest } from './stored-interest.ts'
import { StoredSubscriptions } from './stored-subscriptions.ts'
import { SubscriptionChanges } from './subscription-changes.ts'
import { SubscriptionCreation } from './subscription-creation.ts'
import { SubscriptionExpiry } from './subscription-expiry.ts'
import { SubscriptionRegistry } from './subscription-registry.ts'
import { SubscriptionRights } from './subscription-rights.ts'
import type { SubscriptionService } from './subscription-service.ts'
import { SubscriptionsFeature } from './subscriptions-feature.ts'
import { TopicInterest } from './topic-interest.ts'
import { UntilDone } from './until-done.ts'

/** The parts of the hub that stored subscriptions need. */
export interface CreateSubscriptionsParts {
  readonly repository: SubscriptionRepository
  readonly engine: Engine
  readonly access: Access
  readonly definitions: Definitions
  readonly interest: Interest
  readonly connections: Connections
  readonly notify: Notify
  readonly limits: Pick<Limits, 'eventNotifications' | 'eventRoutes'>
  readonly maxPerUser: number
  readonly maxPatterns: number
  readonly maxFilterBytes: number
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly deliveryFigures: DeliveryFigures
  /** Resolves when store and engine are open. */
  readonly started: () => Promise<void>
}

/** Stored subscriptions, for the application and for what is published. */
export interface Subscriptions {
  readonly service: SubscriptionService
  readonly feature: Feature
  /** What filters did since the hub was made. */
  readonly figures: Readonly<FilterFigures>
}

/** Makes what stored subscriptions are made of. */
export function createSubscriptions(parts: CreateSubscriptionsParts): Subscriptions {
  const { access, definitions, interest, engine, repository, connections, notify, limits } = parts
  const { maxFilterBytes, deliveryFigures, clock, ids, logger, started } = parts
  const rights = new SubscriptionRights(access, definitions)
  const untilDone = new UntilDone(clock, logger)
  const topics = new TopicInterest(interest, engine, untilDone)
  const onExpiring = (dueMs: number): void => expiry.expect(dueMs)
  const registry = new SubscriptionRegistry({
    repository,
    engine,
    topics,
    onExpiring,
    untilDone,
    clock,
    ids,
    logger,
    maxFilterBytes,
  })
  const { index } = registry
  const filterRoom = new FilterRoom(index.filterBytes, maxFilterBytes)
  const onExpired = registry.ended.bind(registry)
  const expiry = new SubscriptionExpiry({ repository, clock, logger, onExpired })
  const storedInterest = new StoredInterest({
    index,
    rights,
    connections,
    clock,
    deliveryFigures,
  })
  const notifications = new EventNotifications({
    registry,
    rights,
    notify,
    limits,
    clock,
    logger,
    started,
  })
  const resourceEvents = new ResourceEvents({
    engine,
    index,
    storedInterest,
    notifications,
    clock,
    ids,
  })
  return {
    service: new StoredSubscriptions({
      repository,
      creation: new SubscriptionCreation({
        repository,
        registry,
        rights,
        filterRoom,
        clock,
        ids,
        maxPerUser: parts.maxPerUser,
        maxPatterns: parts.maxPatterns,
      }),
      changes: new SubscriptionChanges({ repository, registry, rights, filterRoom, clock }),
      resourceEvents,
      clock,
      started,
    }),
    feature: new SubscriptionsFeature({
      registry,
      expiry,
      resourceEvents,
      storedInterest,
      notifications,
      untilDone,
    }),
    figures: registry.figures,
  }
}
