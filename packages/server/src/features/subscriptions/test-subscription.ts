import type { SubscriptionId, UserId } from '@coterie/protocol'
import type { StoredSubscription } from '../../ports/subscription-repository.ts'

/** Makes a stored subscription for tests; by default one of ada to everything that happens to resources. */
export function testSubscription(
  given: Partial<Omit<StoredSubscription, 'id' | 'userId'>> & { id?: string; userId?: string } = {},
): StoredSubscription {
  return {
    type: 'query',
    status: 'active',
    createdAtMs: 1_000,
    updatedAtMs: 1_000,
    expiresAtMs: null,
    resourceId: null,
    resourceType: null,
    topic: null,
    query: null,
    payloadFilter: null,
    labels: [],
    metadata: {},
    isVouched: true,
    ...given,
    id: (given.id ?? 's1') as SubscriptionId,
    userId: (given.userId ?? 'ada') as UserId,
  }
}
