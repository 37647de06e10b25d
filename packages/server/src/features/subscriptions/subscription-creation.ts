import {
  type Err,
  hasWildcard,
  ok,
  type RealtimeError,
  type Result,
  refuse,
} from '@coterie/protocol'
import { refuseField } from '../../core/field-problem.ts'
import type { Ids } from '../../core/ids.ts'
import { rememberedKey } from '../../core/remembered-key.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Principal } from '../../ports/principal.ts'
import type {
  StoredSubscription,
  SubscriptionRepository,
} from '../../ports/subscription-repository.ts'
import type { FilterRoom } from './filter-room.ts'
import { refuseForeign } from './subscription-ownership.ts'
import type { SubscriptionRegistry } from './subscription-registry.ts'
import {
  draftSubscription,
  fingerprintOf,
  type SubscriptionDraft,
  type SubscriptionRequest,
  type SubscriptionTarget,
} from './subscription-request.ts'
import type { SubscriptionRights } from './subscription-rights.ts'

/** The parts of the hub that storing subscriptions needs. */
export interface SubscriptionCreationParts {
  readonly repository: SubscriptionRepository
  readonly registry: SubscriptionRegistry
  readonly rights: SubscriptionRights
  readonly filterRoom: FilterRoom
  readonly clock: Clock
  readonly ids: Ids
  readonly maxPerUser: number
  /** Subscriptions of a user that may be for patterns. */
  readonly maxPatterns: number
}

/** Stores what users are interested in, within their bounds and rights. */
export class SubscriptionCreation {
  readonly #parts: SubscriptionCreationParts

  constructor(parts: SubscriptionCreationParts) {
    this.#parts = parts
  }

  /** Stores an interest and routes events to it from now on. */
  async create(
    target: SubscriptionTarget,
    request: SubscriptionRequest,
    principal: Principal | undefined,
  ): Promise<Result<StoredSubscription>> {
    const { clock, ids, repository, registry, rights, filterRoom, maxPerUser } = this.#parts
    const nowMs = clock.now()
    const drafted = draftSubscription(target, request)
    if (!drafted.ok) return drafted
    const draft = drafted.value
    const refusal = refuseForeign(draft.userId, principal)
    if (refusal) return refusal
    const caller = principal ? `user:${principal.userId}` : 'server'
    const repeated = { scope: `subscriptions:${caller}`, fingerprint: fingerprintOf(draft) }
    const room = filterRoom.hold()
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
          idempotencyKey: rememberedKey(request.idempotencyKey, repeated, nowMs),
          // A request that was made before is answered as it was then, whatever holds now.
          admit: () => this.#refuseUser(draft, principal, nowMs) ?? room.take(draft),
        },
      )
      if (!created.ok) return created
      const { subscription } = created.value
      await registry.changed(subscription)
      return ok(subscription)
    } finally {
      room.release()
    }
  }

  // Refuses subscriptions that only the application may store.
  #refuseUser(
    draft: SubscriptionDraft,
    principal: Principal | undefined,
    nowMs: number,
  ): Err<RealtimeError> | undefined {
    if (!principal) return undefined
    // Expired subscriptions do not count for the limit, so users cannot create them.
    if (draft.expiresAtMs !== null && draft.expiresAtMs <= nowMs) {
      return refuseField('expires_at: expected a time in the future')
    }
    const allowed = this.#parts.rights.mayStore(principal, draft)
    return allowed.ok ? this.#refusePattern(draft) : allowed
  }

  // Every publish is compared with all patterns; the application vouches for its own.
  #refusePattern({ userId, topic }: SubscriptionDraft): Err<RealtimeError> | undefined {
    const { registry, maxPatterns } = this.#parts
    if (topic === null || !hasWildcard(topic)) return undefined
    if (registry.index.patternsOf(userId) < maxPatterns) return undefined
    return refuse('limit_exceeded', `a user stores at most ${maxPatterns} patterns`)
  }
}
