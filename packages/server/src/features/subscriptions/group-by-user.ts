import type { UserId } from '@coterie/protocol'
import type { IndexedSubscription } from './subscription-index.ts'

/** Puts the subscriptions of each user together. */
export function groupByUser(
  found: readonly IndexedSubscription[],
): Map<UserId, IndexedSubscription[]> {
  const byUser = new Map<UserId, IndexedSubscription[]>()
  for (const item of found) {
    const items = byUser.get(item.stored.userId)
    if (items) items.push(item)
    else byUser.set(item.stored.userId, [item])
  }
  return byUser
}
