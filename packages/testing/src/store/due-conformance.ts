import type { InboxEntry } from '@coterie/server/store'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import { ada, bob, ids, NOW, notify, recipient } from './store-entities.ts'

/** Registers the tests for expiry and quiet hours. */
export function dueTests(open: OpenStore): void {
  it('does not count expired notifications, swept or not', async () => {
    const store = await open()
    const { notifications } = store
    await notify(store, [ada], { expiresAtMs: NOW + 10 })
    await notify(store, [ada], { expiresAtMs: NOW + 20 })
    await notify(store, [ada])
    expect(await notifications.unreadCount(ada, NOW + 9)).toBe(3)
    expect(await notifications.unreadCount(ada, NOW + 10)).toBe(2)
    expect(await notifications.unreadCount(ada, NOW + 20)).toBe(1)
    await notifications.expireDue(NOW + 10, 10)
    expect(await notifications.unreadCount(ada, NOW + 10)).toBe(2)
    expect(await notifications.unreadCount(ada, NOW + 20)).toBe(1)
    await notifications.expireDue(NOW + 20, 10)
    expect(await notifications.unreadCount(ada, NOW + 20)).toBe(1)
  })

  it('expires what is past its time, once, and says whose inbox it leaves', async () => {
    const store = await open()
    const { notifications } = store
    const late = await notify(store, [ada], { expiresAtMs: NOW + 20 })
    const users = [ada, bob, recipient('dan' as typeof ada, { isInApp: false })]
    const early = await notify(store, users, { expiresAtMs: NOW + 10 })
    await notifications.markDelivered(bob, [early], NOW)
    const read = await notify(store, [ada], { expiresAtMs: NOW + 10 })
    await notifications.markRead(ada, [read], NOW)
    await notify(store, [ada])
    expect(await notifications.nextDueMs()).toBe(NOW + 10)
    expect(await notifications.expireDue(NOW + 9, 10)).toEqual([])
    expect(sorted(await notifications.expireDue(NOW + 10, 10))).toEqual([
      { userId: ada, id: early },
      { userId: bob, id: early },
    ])
    expect(await notifications.expireDue(NOW + 10, 10)).toEqual([])
    const found = await notifications.find(early, NOW)
    expect(found?.recipients.map(({ status }) => status)).toEqual(['expired', 'expired', 'expired'])
    expect(await notifications.nextDueMs()).toBe(NOW + 20)
    expect(await notifications.expireDue(NOW + 20, 10)).toEqual([{ userId: ada, id: late }])
    expect(await notifications.nextDueMs()).toBeUndefined()
    expect(await notifications.find(read, NOW + 99)).toMatchObject({
      recipients: [{ status: 'read' }],
    })
  })

  it('expires at most so many at a time, earliest first', async () => {
    const store = await open()
    const third = await notify(store, [ada], { expiresAtMs: NOW + 3 })
    const first = await notify(store, [ada], { expiresAtMs: NOW + 1 })
    const second = await notify(store, [ada], { expiresAtMs: NOW + 2 })
    const expire = () => store.notifications.expireDue(NOW + 5, 2)
    expect(ids(await expire())).toEqual([first, second])
    expect(ids(await expire())).toEqual([third])
  })

  it('has in the inbox from the beginning what is held', async () => {
    const store = await open()
    const id = await notify(store, [recipient(ada, { heldUntilMs: NOW + 10 })])
    const { notifications } = store
    expect(await notifications.unreadCount(ada, NOW)).toBe(1)
    const list = await notifications.list({ userId: ada, limit: 9, recipients: 'own' }, NOW)
    expect(list).toMatchObject([{ id, recipients: [{ heldUntilMs: NOW + 10 }] }])
    expect(await notifications.find(id, NOW + 10)).toMatchObject({
      recipients: [{ heldUntilMs: null }],
    })
  })

  it('lets go what was held until now, once, earliest first', async () => {
    const store = await open()
    const { notifications } = store
    const hold = (heldUntilMs: number) => notify(store, [recipient(ada, { heldUntilMs }), bob])
    const third = await hold(NOW + 30)
    const first = await hold(NOW + 10)
    const second = await hold(NOW + 20)
    expect(await notifications.nextDueMs()).toBe(NOW + 10)
    expect(await notifications.releaseHeld(NOW + 9, 10)).toEqual([])
    expect(await notifications.releaseHeld(NOW + 30, 2)).toEqual([
      { userId: ada, id: first },
      { userId: ada, id: second },
    ])
    expect(ids(await notifications.releaseHeld(NOW + 30, 2))).toEqual([third])
    expect(await notifications.releaseHeld(NOW + 30, 2)).toEqual([])
    expect(await notifications.nextDueMs()).toBeUndefined()
    expect(await notifications.find(first, NOW)).toMatchObject({
      recipients: [{ heldUntilMs: null }, { heldUntilMs: null }],
    })
  })

  it('never lets go what is read, canceled or past its time', async () => {
    const store = await open()
    const { notifications } = store
    const held = [recipient(ada, { heldUntilMs: NOW + 10 })]
    await notifications.markRead(ada, [await notify(store, held)], NOW)
    await notifications.cancel(await notify(store, held), NOW)
    const expired = await notify(store, held, { expiresAtMs: NOW + 5 })
    expect(await notifications.nextDueMs()).toBe(NOW + 5)
    expect(await notifications.releaseHeld(NOW + 10, 10)).toEqual([])
    expect(ids(await notifications.expireDue(NOW + 10, 10))).toEqual([expired])
    expect(await notifications.nextDueMs()).toBeUndefined()
  })
}

function sorted(entries: readonly InboxEntry[]): InboxEntry[] {
  return entries.toSorted((a, b) => (a.userId < b.userId ? -1 : 1))
}
