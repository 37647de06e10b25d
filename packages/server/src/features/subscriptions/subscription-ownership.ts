import { type Err, type RealtimeError, refuse } from '@coterie/protocol'
import { refuseField } from '../../core/field-problem.ts'
import type { Principal } from '../../ports/principal.ts'
import type { StoredSubscription } from '../../ports/subscription-repository.ts'

/** Tells whether a subscription is one that the caller may see and change. */
export function isTheirs(
  { userId }: StoredSubscription,
  principal: Principal | undefined,
): boolean {
  return principal === undefined || principal.userId === userId
}

/** Refuses a user who requests subscriptions of another user; undefined otherwise. */
export function refuseForeign(
  userId: string,
  principal: Principal | undefined,
): Err<RealtimeError> | undefined {
  if (!principal || principal.userId === userId) return undefined
  return refuseField(
    'user_id: only a server key may use the subscriptions of other users',
    'forbidden',
  )
}

/** Refuses a request for a subscription that does not exist, or is another user's. */
export function refuseUnknown(): Err<RealtimeError> {
  return refuse('not_found', 'no such subscription')
}
