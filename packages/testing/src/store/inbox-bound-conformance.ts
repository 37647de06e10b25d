import type { NotificationId, UserId } from '@coterie/protocol'
import type { Store } from '@coterie/server/store'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import {
  ada,
  bob,
  cy,
  email,
  ids,
  NOW,
  notificationFor,
  notify,
  recipient,
} from './store-entities.ts'

/** Registers the tests for the size limit of inboxes. */
export function inboxBoundTests(open: OpenStore): void {
  it('removes read notifications first and then the oldest, and reports them', async () => {
    const store = await open()
    const { notifications } = store
    const made = await notifyTimes(store, 4, [ada])
    await notifications.markRead(ada, pick(made, 2, 1), NOW)
    const removed: NotificationId[] = []
    for (let n = 0; n < 4; n += 1) removed.push(...(await bounded(store, 4, [ada])))
    expect(removed).toEqual(pick(made, 1, 2, 0, 3))
    expect(await listed(store, ada)).toHaveLength(4)
    expect(await notifications.unreadCount(ada, NOW)).toBe(4)
  })

  it('removes what has expired or was canceled before what may still be read', async () => {
    const store = await open()
    const { notifications } = store
    const first = await notify(store, [ada])
    const ended = await notify(store, [ada], { expiresAtMs: NOW + 5 })
    const canceled = await notify(store, [ada])
    await notifications.cancel(canceled, NOW)
    await notifications.expireDue(NOW + 5, 10)
    expect(await bounded(store, 2, [ada])).toEqual([ended, canceled])
    expect(await bounded(store, 2, [ada])).toEqual([first])
    expect(await notifications.unreadCount(ada, NOW)).toBe(2)
  })

  it('leaves alone what others have, and what is in no inbox', async () => {
    const store = await open()
    const { notifications } = store
    const shared = await notify(store, [ada, bob])
    const mailed = await notify(store, [recipient(ada, { isInApp: false, deliveries: [email()] })])
    expect(await bounded(store, 1, [ada, cy])).toEqual([shared])
    expect(await notifications.find(shared, NOW, ada)).toBeUndefined()
    expect(await notifications.find(shared, NOW)).toMatchObject({ recipients: [{ userId: bob }] })
    expect(await notifications.find(mailed, NOW, ada)).toBeDefined()
    expect(await notifications.unreadCount(bob, NOW)).toBe(1)
  })

  it('deletes a notification that nobody has any more, unless it waits to be sent', async () => {
    const store = await open()
    const { notifications, deliveries } = store
    const gone = await notify(store, [ada])
    const waiting = await notify(store, [recipient(ada, { deliveries: [email()] })])
    const third = await notify(store, [ada])
    await bounded(store, 1, [ada])
    expect(await notifications.find(gone, NOW)).toBeUndefined()
    expect(await notifications.find(third, NOW)).toBeUndefined()
    expect(await notifications.find(waiting, NOW)).toMatchObject({ recipients: [] })
    expect(await deliveries.claim(NOW, 1_000, 10)).toMatchObject([{ notificationId: waiting }])
  })

  it('keeps the newest of those who get many at once', async () => {
    const store = await open()
    const users = Array.from({ length: 20 }, (_, index) => `user-${index}` as UserId)
    await notifyTimes(store, 2, users.slice(0, 10))
    const made = notificationFor(users, { maxPerUser: 2 })
    const created = await store.notifications.create(made)
    expect(created.ok && created.value.removed?.map(({ userId }) => userId).toSorted()).toEqual(
      users.slice(0, 10).toSorted(),
    )
    for (const user of users) {
      const own = await listed(store, user)
      expect(own[0]).toBe(made.id)
      expect(own).toHaveLength(user.length > 6 ? 1 : 2)
    }
  })

  it('holds its bound though very many come at once', async () => {
    const store = await open()
    await Promise.all(Array.from({ length: 30 }, () => bounded(store, 5, [ada, bob])))
    expect(await listed(store, ada)).toHaveLength(5)
    expect(await store.notifications.unreadCount(bob, NOW)).toBe(5)
  })

  it('shrinks what was filled under another bound by and by', async () => {
    const store = await open()
    await notifyTimes(store, 250, [ada])
    expect(await bounded(store, 10, [ada])).toHaveLength(100)
    await bounded(store, 10, [ada])
    await bounded(store, 10, [ada])
    expect(await listed(store, ada)).toHaveLength(10)
  })

  it('no longer counts what was deleted for its age', async () => {
    const store = await open()
    await notifyTimes(store, 3, [ada], NOW - 10)
    await store.notifications.deleteCreatedBefore(NOW, 10)
    for (let n = 0; n < 3; n += 1) expect(await bounded(store, 3, [ada])).toEqual([])
    expect(await bounded(store, 3, [ada])).toHaveLength(1)
  })
}

const pick = (made: readonly NotificationId[], ...places: number[]): NotificationId[] =>
  places.flatMap((place) => made[place] ?? [])

async function notifyTimes(
  store: Store,
  count: number,
  users: readonly UserId[],
  createdAtMs = NOW,
): Promise<NotificationId[]> {
  const made: NotificationId[] = []
  for (let n = 0; n < count; n += 1) made.push(await notify(store, users, { createdAtMs }))
  return made
}

/** Notifies users who keep at most so many, and returns what is gone for that. */
async function bounded(
  store: Store,
  maxPerUser: number,
  users: readonly UserId[],
): Promise<NotificationId[]> {
  const created = await store.notifications.create(notificationFor(users, { maxPerUser }))
  if (!created.ok) throw created.error
  return ids(created.value.removed ?? [])
}

async function listed(store: Store, userId: UserId): Promise<NotificationId[]> {
  return ids(await store.notifications.list({ userId, limit: 1_000, recipients: 'own' }, NOW))
}
