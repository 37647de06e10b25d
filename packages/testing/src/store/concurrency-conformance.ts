import type { UserId } from '@coterie/protocol'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import {
  ada,
  bob,
  email,
  keyOf,
  NOW,
  notificationFor,
  notify,
  recipient,
  subscription,
} from './store-entities.ts'

/** Registers the tests for concurrent calls of a store. */
export function concurrencyTests(open: OpenStore): void {
  it('stores one of several with the same key', async () => {
    const { notifications } = await open()
    const creates = Array.from({ length: 8 }, () =>
      notifications.create(notificationFor([ada], { idempotencyKey: keyOf('k') })),
    )
    const results = await Promise.all(creates)
    const values = results.map((result) => (result.ok ? result.value : undefined))
    expect(new Set(values.map((value) => value?.id)).size).toBe(1)
    expect(values.filter((value) => value?.isDuplicate === false)).toHaveLength(1)
    expect(await notifications.unreadCount(ada, NOW)).toBe(1)
  })

  it('counts correctly for recipients of many concurrent notifications', async () => {
    const store = await open()
    const users = Array.from({ length: 2_000 }, (_, index) => `user-${index}` as UserId)
    const orders = [users, users.toReversed(), users.slice(500), users.slice(0, 1_500).toReversed()]
    await Promise.all(orders.map((order) => notify(store, order)))
    const counts = ['user-0', 'user-700', 'user-1999'].map((user) =>
      store.notifications.unreadCount(user as UserId, NOW),
    )
    expect(await Promise.all(counts)).toEqual([3, 4, 3])
  })

  it('counts a notification once that two calls mark as read at once', async () => {
    const store = await open()
    const { notifications } = store
    const first = await notify(store, [ada])
    const second = await notify(store, [ada])
    await notify(store, [ada])
    const marked = await Promise.all([
      notifications.markRead(ada, [first, second], NOW),
      notifications.markRead(ada, [second, first], NOW),
      notifications.markRead(ada, [first], NOW),
    ])
    expect(marked.flat().toSorted()).toEqual([first, second].toSorted())
    expect(await notifications.unreadCount(ada, NOW)).toBe(1)
  })

  it('keeps counts while all kinds of changes get in the way of each other', async () => {
    const store = await open()
    const { notifications } = store
    const made = []
    for (let index = 0; index < 20; index += 1) {
      made.push(await notify(store, [ada, bob], { expiresAtMs: index % 2 ? NOW + 5 : null }))
    }
    await Promise.all([
      notifications.markRead(ada, made.slice(0, 6), NOW),
      notifications.cancel(made[4] as never, NOW),
      notifications.markDelivered(bob, made.toReversed(), NOW),
      notifications.expireDue(NOW + 5, 100),
      notifications.markRead(bob, made.slice(3, 9).toReversed(), NOW),
      notifications.markAllRead(ada, NOW),
      notifications.cancel(made[7] as never, NOW),
      notifications.expireDue(NOW + 5, 100),
      notify(store, [bob, ada]),
    ])
    for (const userId of [ada, bob]) {
      const unread = { userId, isUnread: true, limit: 100, recipients: 'own' } as const
      const listed = await notifications.list(unread, NOW + 5)
      expect(await notifications.unreadCount(userId, NOW + 5)).toBe(listed.length)
    }
  })

  it('hands out each delivery once', async () => {
    const store = await open()
    const deliveries = Array.from({ length: 30 }, () => email())
    await notify(store, [recipient(ada, { deliveries })])
    const claims = await Promise.all(
      [1, 2, 3, 4, 5].map(() => store.deliveries.claim(NOW, 1_000, 10)),
    )
    const claimed = claims.flat().map(({ id }) => id)
    expect(new Set(claimed).size).toBe(claimed.length)
    const rest = await store.deliveries.claim(NOW, 1_000, 100)
    expect(claimed.length + rest.length).toBe(30)
  })

  it('never exceeds the limit of subscriptions', async () => {
    const { subscriptions } = await open()
    const creates = Array.from({ length: 6 }, () =>
      subscriptions.create(subscription(ada), { maxPerUser: 2 }),
    )
    const results = await Promise.all(creates)
    expect(results.filter(({ ok }) => ok)).toHaveLength(2)
  })

  it('never reads a half-finished change', async () => {
    const store = await open()
    const users = Array.from({ length: 5_000 }, (_, index) => `user-${index}` as UserId)
    const made = notificationFor(users)
    const creating = store.notifications.create(made)
    let isDone = false
    void creating.then(() => {
      isDone = true
    })
    while (!isDone) {
      const found = await store.notifications.find(made.id, NOW)
      expect([undefined, 5_000]).toContain(found?.recipients.length)
    }
    await creating
  })
}
