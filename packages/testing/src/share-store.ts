import type { Store } from '@coterie/server/store'

/**
 * Lets several hubs of one process share a store: opened by the first, closed by the last.
 *
 * @param hubs number of hubs; without it the store is never closed
 */
export function shareStore(store: Store, hubs = Number.POSITIVE_INFINITY): Store {
  let started: Promise<void> | undefined
  let users = hubs
  return {
    notifications: store.notifications,
    deliveries: store.deliveries,
    subscriptions: store.subscriptions,
    preferences: store.preferences,
    triggers: store.triggers,
    start: () => {
      started ??= store.start()
      return started
    },
    forgetKeys: (nowMs) => store.forgetKeys(nowMs),
    health: () => store.health(),
    close: async () => {
      users -= 1
      if (users === 0) await store.close()
    },
  }
}
