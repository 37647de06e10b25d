import { ok, type Result, type SubscriptionId, type UserId } from '@coterie/protocol'
import { pageOf, placeOfPage } from '../../core/page.ts'
import { served } from '../../core/served.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Principal } from '../../ports/principal.ts'
import type {
  StoredSubscription,
  SubscriptionRepository,
  SubscriptionStatus,
} from '../../ports/subscription-repository.ts'
import type { ResourceEvents } from './resource-events.ts'
import { Subscription } from './subscription.ts'
import type { SubscriptionChanges } from './subscription-changes.ts'
import type { SubscriptionCreation } from './subscription-creation.ts'
import { isPast } from './subscription-index.ts'
import { isTheirs, refuseForeign, refuseUnknown } from './subscription-ownership.ts'
import type {
  QuerySubscriptionRequest,
  ResourceSubscriptionRequest,
  ResourceTypeSubscriptionRequest,
  SubscriptionRequest,
  SubscriptionTarget,
  TopicSubscriptionRequest,
} from './subscription-request.ts'
import type {
  Emitted,
  ResourceEvent,
  SubscriptionListQuery,
  SubscriptionPage,
  SubscriptionService,
} from './subscription-service.ts'

/** What the service is made of. */
export interface StoredSubscriptionsParts {
  readonly repository: SubscriptionRepository
  readonly creation: SubscriptionCreation
  readonly changes: SubscriptionChanges
  readonly resourceEvents: ResourceEvents
  readonly clock: Clock
  /** Resolves when store and engine are open. */
  readonly started: () => Promise<void>
}

/** Keeps who is interested in what, for the application and for its users. */
export class StoredSubscriptions implements SubscriptionService {
  readonly #parts: StoredSubscriptionsParts

  constructor(parts: StoredSubscriptionsParts) {
    this.#parts = parts
  }

  createResourceSubscription(
    request: ResourceSubscriptionRequest,
    principal?: Principal,
  ): Promise<Result<Subscription>> {
    const { resourceType, resourceId } = request
    return this.#create({ type: 'resource', resourceType, resourceId }, request, principal)
  }

  createResourceTypeSubscription(
    request: ResourceTypeSubscriptionRequest,
    principal?: Principal,
  ): Promise<Result<Subscription>> {
    const { resourceType } = request
    return this.#create({ type: 'resource_type', resourceType }, request, principal)
  }

  createTopicSubscription(
    request: TopicSubscriptionRequest,
    principal?: Principal,
  ): Promise<Result<Subscription>> {
    return this.#create({ type: 'topic', topic: request.topic }, request, principal)
  }

  createQuerySubscription(
    request: QuerySubscriptionRequest,
    principal?: Principal,
  ): Promise<Result<Subscription>> {
    const { query, resourceType, topic } = request
    return this.#create({ type: 'query', query, resourceType, topic }, request, principal)
  }

  find(id: string, principal?: Principal): Promise<Result<Subscription>> {
    return this.#shown(async () => {
      const stored = await this.#parts.repository.find(id as SubscriptionId)
      return stored && isTheirs(stored, principal) ? ok(stored) : refuseUnknown()
    })
  }

  list(query: SubscriptionListQuery, principal?: Principal): Promise<Result<SubscriptionPage>> {
    return this.#served(async () => {
      const { userId, page, pageSize, cursor, ...rest } = query
      const place = placeOfPage({ page, pageSize, cursor })
      if (!place.ok) return place
      const refusal = refuseForeign(userId, principal)
      if (refusal) return refusal
      const { repository, clock } = this.#parts
      const { size, offset } = place.value
      const begin = cursor === undefined ? { offset } : { before: cursor as SubscriptionId }
      const found = await repository.list(
        { ...rest, userId: userId as UserId, limit: size + 1, ...begin },
        clock.now(),
      )
      const { items, nextCursor } = pageOf(found, size, ({ id }) => id)
      return ok({ items: items.map((stored) => this.#show(stored)), nextCursor })
    })
  }

  updateStatus(
    id: string,
    status: SubscriptionStatus,
    principal?: Principal,
  ): Promise<Result<Subscription>> {
    return this.#shown(() => this.#parts.changes.updateStatus(id, status, principal))
  }

  addLabel(id: string, label: string, principal?: Principal): Promise<Result<Subscription>> {
    return this.#shown(() => this.#parts.changes.addLabel(id, label, principal))
  }

  delete(id: string, principal?: Principal): Promise<Result<void>> {
    return this.#served(() => this.#parts.changes.delete(id, principal))
  }

  emit(event: ResourceEvent): Promise<Result<Emitted>> {
    return this.#served(() => this.#parts.resourceEvents.emit(event))
  }

  #create(
    target: SubscriptionTarget,
    request: SubscriptionRequest,
    principal: Principal | undefined,
  ): Promise<Result<Subscription>> {
    return this.#shown(() => this.#parts.creation.create(target, request, principal))
  }

  #shown(work: () => Promise<Result<StoredSubscription>>): Promise<Result<Subscription>> {
    return this.#served(async () => {
      const done = await work()
      return done.ok ? ok(this.#show(done.value)) : done
    })
  }

  // As of now, whether it was swept or not.
  #show(stored: StoredSubscription): Subscription {
    const { clock } = this.#parts
    const ends = stored.status === 'active' || stored.status === 'paused'
    const isExpired = ends && isPast(stored, clock.now())
    return new Subscription(isExpired ? { ...stored, status: 'expired' } : stored, clock)
  }

  #served<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    return served(this.#parts.started, work)
  }
}
