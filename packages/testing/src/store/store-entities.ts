import type { NotificationId, SubscriptionId, UserId } from '@coterie/protocol'
import type {
  IdempotencyKey,
  NewDelivery,
  NewNotification,
  NewRecipient,
  Store,
  StoredSubscription,
} from '@coterie/server/store'

/** The wall time in ms at which everything in the suite is made, unless it says otherwise. */
export const NOW = Date.UTC(2026, 0, 1)

/** A user of the suite. */
export const ada = 'ada' as UserId
/** Another user of the suite. */
export const bob = 'bob' as UserId
/** A third user of the suite. */
export const cy = 'cy' as UserId

let made = 0

/** Names a notification. */
export function idOf(name: string): NotificationId {
  return name as NotificationId
}

/** Makes a recipient who gets it in app and at once. */
export function recipient(userId: UserId, more: Partial<NewRecipient> = {}): NewRecipient {
  return { userId, isInApp: true, heldUntilMs: null, deliveries: [], ...more }
}

/** Makes a job of sending something by e-mail at once. */
export function email(more: Partial<NewDelivery> = {}): NewDelivery {
  return { route: 'email', target: 'ada@example.org', dueAtMs: NOW, ...more }
}

/** Makes a notification for users. */
export function notificationFor(
  users: readonly (UserId | NewRecipient)[],
  more: Partial<NewNotification> = {},
): NewNotification {
  made += 1
  return {
    id: idOf(`notification-${made}`),
    title: 'New message',
    message: 'Jane wrote to you',
    type: 'message',
    priority: 'normal',
    senderId: null,
    resourceType: null,
    resourceId: null,
    actions: [],
    metadata: {},
    channels: null,
    createdAtMs: NOW,
    expiresAtMs: null,
    recipients: users.map((user) => (typeof user === 'string' ? recipient(user) : user)),
    ...more,
  }
}

/** Stores a notification for users and returns its id. @throws {Error} when it is refused */
export async function notify(
  store: Store,
  ...args: Parameters<typeof notificationFor>
): Promise<NotificationId> {
  const result = await store.notifications.create(notificationFor(...args))
  if (!result.ok) throw result.error
  return result.value.id
}

/** Makes an active subscription to a topic. */
export function subscription(
  userId: UserId,
  more: Partial<StoredSubscription> = {},
): StoredSubscription {
  made += 1
  return {
    id: `subscription-${String(made).padStart(6, '0')}` as SubscriptionId,
    userId,
    type: 'topic',
    status: 'active',
    createdAtMs: NOW,
    updatedAtMs: NOW,
    expiresAtMs: null,
    resourceId: null,
    resourceType: null,
    topic: 'news',
    query: null,
    payloadFilter: null,
    labels: [],
    metadata: {},
    isVouched: false,
    ...more,
  }
}

/** Makes a key that is known for a minute. */
export function keyOf(key: string, more: Partial<IdempotencyKey> = {}): IdempotencyKey {
  return { scope: 'app', key, fingerprint: 'request-1', expiresAtMs: NOW + 60_000, ...more }
}

/** Returns the ids of what was listed. */
export function ids<Id>(items: readonly { readonly id: Id }[]): Id[] {
  return items.map(({ id }) => id)
}
