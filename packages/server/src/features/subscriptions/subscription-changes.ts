import {
  type Err,
  ok,
  type RealtimeError,
  type Result,
  type SubscriptionId,
} from '@coterie/protocol'
import { refuseField } from '../../core/field-problem.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Principal } from '../../ports/principal.ts'
import type {
  StoredSubscription,
  SubscriptionChange,
  SubscriptionRepository,
  SubscriptionStatus,
} from '../../ports/subscription-repository.ts'
import type { FilterRoom } from './filter-room.ts'
import { isPast } from './subscription-index.ts'
import { isTheirs, refuseUnknown } from './subscription-ownership.ts'
import type { SubscriptionRegistry } from './subscription-registry.ts'
import { labelsProblem, statusProblem } from './subscription-request.ts'
import type { SubscriptionRights } from './subscription-rights.ts'

/** The parts of the hub that changing subscriptions needs. */
export interface SubscriptionChangesParts {
  readonly repository: SubscriptionRepository
  readonly registry: SubscriptionRegistry
  readonly rights: SubscriptionRights
  readonly filterRoom: FilterRoom
  readonly clock: Clock
}

/** Decides what to change in a stored subscription; undefined leaves it as it is. */
type Decide = (
  stored: StoredSubscription,
) => Result<Omit<SubscriptionChange, 'updatedAtMs'> | undefined>

/** Changes and deletes stored subscriptions, each in one step of the store. */
export class SubscriptionChanges {
  readonly #parts: SubscriptionChangesParts

  constructor(parts: SubscriptionChangesParts) {
    this.#parts = parts
  }

  /** Pauses, resumes or ends a subscription. */
  async updateStatus(
    id: string,
    status: SubscriptionStatus,
    principal: Principal | undefined,
  ): Promise<Result<StoredSubscription>> {
    const problem = statusProblem(status)
    if (problem !== undefined) return refuseField(problem)
    const room = this.#parts.filterRoom.hold()
    try {
      return await this.#change(id, principal, (stored) => {
        const refusal = this.#refuseStatus(stored, status, principal)
        if (refusal) return refusal
        const begins = status === 'active' && stored.status !== 'active'
        const taken = begins ? room.take(stored) : ok(undefined)
        return taken.ok ? ok({ status }) : taken
      })
    } finally {
      room.release()
    }
  }

  /** Adds a label; changes nothing where it is there already. */
  addLabel(
    id: string,
    label: string,
    principal: Principal | undefined,
  ): Promise<Result<StoredSubscription>> {
    return this.#change(id, principal, ({ labels }) => {
      if (labels.includes(label)) return ok(undefined)
      const problem = labelsProblem([...labels, label])
      return problem === undefined ? ok({ labels: [...labels, label] }) : refuseField(problem)
    })
  }

  async delete(id: string, principal: Principal | undefined): Promise<Result<void>> {
    const { repository, registry } = this.#parts
    const stored = await repository.find(id as SubscriptionId)
    if (!stored || !isTheirs(stored, principal)) return refuseUnknown()
    const isDeleted = await repository.delete(stored.id)
    await registry.ended([stored.id])
    return isDeleted ? ok(undefined) : refuseUnknown()
  }

  async #change(
    id: string,
    principal: Principal | undefined,
    decide: Decide,
  ): Promise<Result<StoredSubscription>> {
    const { repository, registry, clock } = this.#parts
    let isChanged = false
    const changed = await repository.change(id as SubscriptionId, (stored) => {
      if (!isTheirs(stored, principal)) return refuseUnknown()
      const decided = decide(stored)
      isChanged = decided.ok && decided.value !== undefined
      if (!decided.ok || !decided.value) return decided as Result<undefined>
      return ok({ ...decided.value, updatedAtMs: clock.now() })
    })
    if (!changed) return refuseUnknown()
    if (changed.ok && isChanged) await registry.changed(changed.value)
    return changed
  }

  // Expired subscriptions do not count for the limit, so they cannot be reactivated.
  #refuseStatus(
    stored: StoredSubscription,
    status: SubscriptionStatus,
    principal: Principal | undefined,
  ): Err<RealtimeError> | undefined {
    const { clock, rights } = this.#parts
    if (status === 'expired') return undefined
    if (stored.status === 'expired' || isPast(stored, clock.now())) {
      return refuseField('status: the subscription has expired; create a new one', 'conflict')
    }
    // Its user may have lost the right meanwhile.
    if (!principal || stored.isVouched || status !== 'active') return undefined
    const allowed = rights.mayStore(principal, stored)
    return allowed.ok ? undefined : allowed
  }
}
