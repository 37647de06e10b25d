import type { UserId } from '@coterie/protocol'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import { ada, bob, email, ids, NOW, notify, recipient } from './store-entities.ts'

/** Registers what stores promise of announcing and deleting. */
export function retentionTests(open: OpenStore): void {
  it('lists what was not announced, oldest first, until it is', async () => {
    const store = await open()
    const { notifications } = store
    const first = await notify(store, [bob, ada])
    const second = await notify(store, [ada], { createdAtMs: NOW + 5 })
    await notify(store, [ada], { createdAtMs: NOW + 10 })
    const unannounced = await notifications.unannounced(NOW + 10, 10)
    expect(unannounced).toMatchObject([
      { id: first, recipients: [{ userId: bob }, { userId: ada }] },
      { id: second },
    ])
    expect(ids(await notifications.unannounced(NOW + 10, 1))).toEqual([first])
    await notifications.markAnnounced([first])
    await notifications.markAnnounced([first])
    await notifications.markAnnounced([])
    expect(ids(await notifications.unannounced(NOW + 10, 10))).toEqual([second])
  })

  it('deletes what is old, oldest first, with all that hangs on it', async () => {
    const store = await open()
    const { notifications, deliveries } = store
    const young = await notify(store, [recipient(ada, { deliveries: [email()] })])
    const second = await notify(store, [ada], { createdAtMs: NOW - 10 })
    const first = await notify(store, [recipient(ada, { deliveries: [email()] }), bob], {
      createdAtMs: NOW - 20,
      expiresAtMs: NOW + 10,
    })
    expect(await notifications.deleteCreatedBefore(NOW, 1)).toMatchObject({ count: 1 })
    expect(await notifications.find(first, NOW)).toBeUndefined()
    expect(await notifications.unreadCount(ada, NOW)).toBe(2)
    expect(await notifications.unreadCount(bob, NOW)).toBe(0)
    expect(await deliveries.list({ limit: 10 })).toMatchObject([{ notificationId: young }])
    expect(await notifications.nextDueMs()).toBeUndefined()
    expect(await notifications.deleteCreatedBefore(NOW, 10)).toEqual({
      count: 1,
      entries: [{ userId: ada, id: second }],
    })
    expect(await notifications.deleteCreatedBefore(NOW, 10)).toEqual({ count: 0, entries: [] })
    expect(await notifications.unreadCount(ada, NOW)).toBe(1)
  })

  it('says in whose inbox there is less', async () => {
    const store = await open()
    const { notifications } = store
    const read = await notify(store, [ada, recipient(bob, { isInApp: false })])
    const unread = await notify(store, [ada])
    await notifications.markRead(ada, [read], NOW)
    await notifications.cancel(await notify(store, [ada]), NOW)
    const deleted = await notifications.deleteCreatedBefore(NOW + 1, 10)
    expect(deleted.count).toBe(3)
    expect(ids(deleted.entries).toSorted()).toEqual([read, unread].toSorted())
    expect(await notifications.unreadCount(ada, NOW)).toBe(0)
  })

  it('deletes many recipients', async () => {
    const store = await open()
    const users = Array.from({ length: 3_500 }, (_, index) => `user-${index}` as UserId)
    await notify(store, users)
    await notify(store, users.slice(0, 10))
    const { notifications } = store
    const deleted = await notifications.deleteCreatedBefore(NOW + 1, 1)
    expect(deleted.entries).toHaveLength(3_500)
    expect(await notifications.unreadCount('user-9' as UserId, NOW)).toBe(1)
    expect(await notifications.unreadCount('user-3499' as UserId, NOW)).toBe(0)
  })

  it('gives no number twice, though the newest was deleted', async () => {
    const store = await open()
    const { notifications } = store
    const first = await notifications.find(await notify(store, [ada]), NOW)
    await notifications.deleteCreatedBefore(NOW + 1, 10)
    const second = await notifications.find(await notify(store, [ada]), NOW)
    expect(second?.sequence).toBeGreaterThan(first?.sequence ?? Number.NaN)
  })
}
