import {
  hasWildcard,
  ok,
  type Result,
  refuse,
  type SubscriptionId,
  type UserId,
} from '@coterie/protocol'
import { attempt } from '../../core/attempt.ts'
import { refuseField } from '../../core/field-problem.ts'
import type { Ids } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Principal } from '../../ports/principal.ts'
import type {
  StoredSubscription,
  SubscriptionChange,
  SubscriptionRepository,
  SubscriptionStatus,
} from '../../ports/subscription-repository.ts'
import { FilterBytes, filterBytesOf } from './filter-bytes.ts'
import type { ResourceEvents } from './resource-events.ts'
import { Subscription } from './subscription.ts'
import { isPast } from './subscription-index.ts'
import type { SubscriptionRegistry } from './subscription-registry.ts'
import type {
  QuerySubscriptionRequest,
  ResourceSubscriptionRequest,
  ResourceTypeSubscriptionRequest,
  SubscriptionRequest,
  TopicSubscriptionRequest,
} from './subscription-request.ts'
import {
  draftSubscription,
  fingerprintOf,
  labelsProblem,
  type SubscriptionDraft,
  type SubscriptionTarget,
  statusProblem,
} from './subscription-request.ts'
import type { SubscriptionRights } from './subscription-rights.ts'
import type {
  Emitted,
  ResourceEvent,
  SubscriptionListQuery,
  SubscriptionPage,
  SubscriptionService,
} from './subscription-service.ts'

/** How long an idempotency key is remembered, in ms. */
const KEY_RETENTION_MS = 86_400_000
const MAX_PAGE_SIZE = 100
const DEFAULT_PAGE_SIZE = 20

/** What the service needs of the hub. */
export interface StoredSubscriptionsParts {
  readonly repository: SubscriptionRepository
  readonly registry: SubscriptionRegistry
  readonly rights: SubscriptionRights
  readonly resourceEvents: ResourceEvents
  readonly clock: Clock
  readonly ids: Ids
  readonly maxPerUser: number
  /** Subscriptions of a user that may be for patterns. */
  readonly maxPatterns: number
  /** Bytes of filters that a user's active subscriptions may have. */
  readonly maxFilterBytes: number
  /** Resolves when store and engine are open. */
  readonly started: () => Promise<void>
}

/** Keeps who is interested in what, for the application and for its users. */
export class StoredSubscriptions implements SubscriptionService {
  readonly #parts: StoredSubscriptionsParts
  /** Bytes of filters that are being stored and not yet held. */
  readonly #expected = new FilterBytes()

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
    return this.#served(async () => {
      const found = await this.#find(id, principal)
      return found.ok ? ok(this.#show(found.value)) : found
    })
  }

  list(query: SubscriptionListQuery, principal?: Principal): Promise<Result<SubscriptionPage>> {
    return this.#served(async () => {
      const { userId, page = 1, pageSize = DEFAULT_PAGE_SIZE, cursor, ...rest } = query
      const refusal = refuseForeign(userId, principal) ?? refusePaging(page, pageSize, query)
      if (refusal) return refusal
      const { repository, clock } = this.#parts
      const place =
        cursor === undefined
          ? { offset: (page - 1) * pageSize }
          : { before: cursor as SubscriptionId }
      // One more tells whether there is a next page.
      const limit = pageSize + 1
      const found = await repository.list(
        { ...rest, userId: userId as UserId, limit, ...place },
        clock.now(),
      )
      const items = found.slice(0, pageSize)
      const nextCursor = found.length > pageSize ? items.at(-1)?.id : undefined
      return ok({ items: items.map((stored) => this.#show(stored)), nextCursor })
    })
  }

  updateStatus(
    id: string,
    status: SubscriptionStatus,
    principal?: Principal,
  ): Promise<Result<Subscription>> {
    return this.#served(async () => {
      const problem = statusProblem(status)
      if (problem !== undefined) return refuseField(problem)
      const found = await this.#find(id, principal)
      if (!found.ok) return found
      const refusal = this.#refuseChange(found.value, status, principal)
      if (refusal) return refusal
      const update = () => this.#update(found.value, { status })
      const begins = status === 'active' && found.value.status !== 'active'
      return begins ? this.#withRoom(found.value, update) : update()
    })
  }

  addLabel(id: string, label: string, principal?: Principal): Promise<Result<Subscription>> {
    return this.#served(async () => {
      const found = await this.#find(id, principal)
      if (!found.ok) return found
      const { labels } = found.value
      if (labels.includes(label)) return ok(this.#show(found.value))
      const problem = labelsProblem([...labels, label])
      if (problem !== undefined) return refuseField(problem)
      return this.#update(found.value, { labels: [...labels, label] })
    })
  }

  delete(id: string, principal?: Principal): Promise<Result<void>> {
    return this.#served(async () => {
      const { repository, registry } = this.#parts
      const found = await this.#find(id, principal)
      if (!found.ok) return found
      const isDeleted = await repository.delete(found.value.id)
      await registry.ended([found.value.id])
      return isDeleted ? ok(undefined) : refuseUnknown()
    })
  }

  emit(event: ResourceEvent): Promise<Result<Emitted>> {
    return this.#served(() => this.#parts.resourceEvents.emit(event))
  }

  #create(
    target: SubscriptionTarget,
    request: SubscriptionRequest,
    principal: Principal | undefined,
  ): Promise<Result<Subscription>> {
    return this.#served(async () => {
      const { clock, ids, repository, rights, maxPerUser } = this.#parts
      const nowMs = clock.now()
      const drafted = draftSubscription(target, request)
      if (!drafted.ok) return drafted
      const draft = drafted.value
      const refusal = refuseForeign(draft.userId, principal)
      if (refusal) return refusal
      const room = this.#roomFor(draft)
      try {
        const created = await repository.create(
          {
            ...draft,
            id: ids.subscription(),
            status: 'active',
            createdAtMs: nowMs,
            updatedAtMs: nowMs,
            isVouched: principal === undefined,
            ...(principal && { proven: rights.prove(principal, draft) }),
          },
          {
            maxPerUser,
            idempotencyKey: keyOf(request, draft, principal, nowMs),
            // A request that was made before is answered as it was then, whatever holds now.
            admit: () => (principal && this.#refuseUser(draft, principal, nowMs)) ?? room.take(),
          },
        )
        if (!created.ok) return created
        return await this.#changed(created.value.subscription)
      } finally {
        room.release()
      }
    })
  }

  // What users may not store, and the application may.
  #refuseUser(draft: SubscriptionDraft, principal: Principal, nowMs: number) {
    // What has expired does not count for the limit, so users cannot begin with it.
    if (draft.expiresAtMs !== null && draft.expiresAtMs <= nowMs) {
      return refuseField('expires_at: expected a time in the future')
    }
    const allowed = this.#parts.rights.mayStore(principal, draft)
    return allowed.ok ? this.#refusePattern(draft) : allowed
  }

  async #withRoom(
    subscription: SubscriptionDraft,
    store: () => Promise<Result<Subscription>>,
  ): Promise<Result<Subscription>> {
    const room = this.#roomFor(subscription)
    try {
      const taken = room.take()
      return taken.ok ? await store() : taken
    } finally {
      room.release()
    }
  }

  // Room is taken before it is stored: many that come together must not all find it free.
  #roomFor(subscription: SubscriptionDraft) {
    const { registry, maxFilterBytes } = this.#parts
    const { userId } = subscription
    const bytes = filterBytesOf(subscription)
    let taken = 0
    const take = (): Result<void> => {
      const held = registry.index.filterBytes.of(userId) + this.#expected.of(userId) - taken
      if (bytes > 0 && held + bytes > maxFilterBytes) {
        const message = `the filters of a user's active subscriptions have at most ${maxFilterBytes} bytes as JSON; they have ${held}, and this one has ${bytes}`
        return refuse('limit_exceeded', message, {
          details: { held, bytes, limit: maxFilterBytes },
        })
      }
      this.#expected.add(userId, bytes - taken)
      taken = bytes
      return ok(undefined)
    }
    return { take, release: () => this.#expected.add(userId, -taken) }
  }

  // Every publish is compared with all patterns; the application vouches for its own.
  #refusePattern({ userId, topic }: SubscriptionDraft) {
    const { registry, maxPatterns } = this.#parts
    if (topic === null || !hasWildcard(topic)) return undefined
    if (registry.index.patternsOf(userId) < maxPatterns) return undefined
    return refuse('limit_exceeded', `a user stores at most ${maxPatterns} patterns`)
  }

  async #update(
    { id }: StoredSubscription,
    change: Omit<SubscriptionChange, 'updatedAtMs'>,
  ): Promise<Result<Subscription>> {
    const { repository, clock } = this.#parts
    const stored = await repository.update(id, { ...change, updatedAtMs: clock.now() })
    return stored ? this.#changed(stored) : refuseUnknown()
  }

  async #changed(stored: StoredSubscription): Promise<Result<Subscription>> {
    await this.#parts.registry.changed(stored)
    return ok(this.#show(stored))
  }

  async #find(id: string, principal: Principal | undefined): Promise<Result<StoredSubscription>> {
    const stored = await this.#parts.repository.find(id as SubscriptionId)
    const isTheirs = principal === undefined || stored?.userId === principal.userId
    return stored && isTheirs ? ok(stored) : refuseUnknown()
  }

  // What has expired does not count for the limit any more, and so cannot come back.
  #refuseChange(stored: StoredSubscription, status: SubscriptionStatus, principal?: Principal) {
    const { clock, rights } = this.#parts
    if (status === 'expired') return undefined
    if (stored.status === 'expired' || isPast(stored, clock.now())) {
      return refuseField('status: its time is over; make a new subscription', 'conflict')
    }
    // Its user may have lost the right meanwhile.
    if (!principal || stored.isVouched || status !== 'active') return undefined
    const allowed = rights.mayStore(principal, stored)
    return allowed.ok ? undefined : allowed
  }

  // As of now, whether it was swept or not.
  #show(stored: StoredSubscription): Subscription {
    const ends = stored.status === 'active' || stored.status === 'paused'
    const isExpired = ends && isPast(stored, this.#parts.clock.now())
    return new Subscription(
      isExpired ? { ...stored, status: 'expired' } : stored,
      this.#parts.clock,
    )
  }

  async #served<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    const done = await attempt(async () => {
      await this.#parts.started()
      return work()
    })
    return done.ok ? done.value : done
  }
}

function keyOf(
  { idempotencyKey: key }: SubscriptionRequest,
  draft: SubscriptionDraft,
  principal: Principal | undefined,
  nowMs: number,
) {
  if (key === undefined) return undefined
  const caller = principal ? `user:${principal.userId}` : 'server'
  return {
    scope: `subscriptions:${caller}`,
    key,
    fingerprint: fingerprintOf(draft),
    expiresAtMs: nowMs + KEY_RETENTION_MS,
  }
}

function refuseForeign(userId: string, principal: Principal | undefined) {
  if (!principal || principal.userId === userId) return undefined
  return refuseField('user_id: subscriptions of others are for the server key only', 'forbidden')
}

function refusePaging(page: number, pageSize: number, query: SubscriptionListQuery) {
  if (!isCount(page)) return refuseField('page: expected a whole number from 1')
  if (!isCount(pageSize) || pageSize > MAX_PAGE_SIZE) {
    return refuseField(`page_size: expected 1–${MAX_PAGE_SIZE}`)
  }
  if (query.cursor !== undefined && query.page !== undefined) {
    return refuseField('cursor: excludes page')
  }
  return undefined
}

function refuseUnknown() {
  return refuse('not_found', 'no such subscription')
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
