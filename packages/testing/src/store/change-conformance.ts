import type { NotificationStatus, UserId } from '@coterie/protocol'
import type { Store } from '@coterie/server/store'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import { ada, bob, cy, email, idOf, NOW, notify, recipient } from './store-entities.ts'

const LATER = NOW + 1_000

/** Registers the tests for reading, failing and canceling notifications. */
export function changeTests(open: OpenStore): void {
  it('marks a pending notification as delivered, once, for one recipient', async () => {
    const store = await open()
    const { notifications } = store
    const first = await notify(store, [ada, bob])
    const second = await notify(store, [ada])
    const others = await notify(store, [bob])
    const named = [second, others, first, second, idOf('none')]
    expect(await notifications.markDelivered(ada, named, LATER)).toEqual([second, first])
    expect(await notifications.markDelivered(ada, named, LATER + 1)).toEqual([])
    expect((await notifications.find(first, LATER))?.recipients).toMatchObject([
      { userId: ada, status: 'delivered', deliveredAtMs: LATER, readAtMs: null },
      { userId: bob, status: 'pending', deliveredAtMs: null },
    ])
    expect(await notifications.unreadCount(ada, LATER), 'it is still unread').toBe(2)
    expect(await notifications.markDelivered(ada, [], LATER)).toEqual([])
  })

  it('marks an unread notification as read, once, for one recipient', async () => {
    const store = await open()
    const { notifications } = store
    const first = await notify(store, [ada, bob])
    const second = await notify(store, [ada])
    await notifications.markDelivered(ada, [second], NOW + 1)
    const named = [second, first, idOf('none')]
    expect(await notifications.markRead(ada, named, LATER)).toEqual(named.slice(0, 2))
    expect(await notifications.markRead(ada, named, LATER + 1)).toEqual([])
    expect(await notifications.markDelivered(ada, named, LATER + 1), 'no way back').toEqual([])
    expect(await stateOf(store, first, ada)).toMatchObject({
      status: 'read',
      readAtMs: LATER,
      deliveredAtMs: LATER,
    })
    expect(await stateOf(store, second, ada)).toMatchObject({ deliveredAtMs: NOW + 1 })
    expect(await stateOf(store, first, bob)).toMatchObject({ status: 'pending' })
    expect(await notifications.unreadCount(ada, LATER)).toBe(0)
    expect(await notifications.unreadCount(bob, LATER)).toBe(1)
  })

  it('marks as read, without counting it, what a user got by another route', async () => {
    const store = await open()
    const id = await notify(store, [recipient(ada, { isInApp: false })])
    await notify(store, [ada])
    expect(await store.notifications.markRead(ada, [id], NOW)).toEqual([id])
    expect(await store.notifications.unreadCount(ada, NOW)).toBe(1)
  })

  it('neither delivers nor reads an expired, canceled or failed notification', async () => {
    const store = await open()
    const { notifications } = store
    const expired = await notify(store, [ada], { expiresAtMs: LATER })
    const canceled = await notify(store, [ada])
    const failed = await notify(store, [ada])
    await notifications.cancel(canceled, NOW)
    await notifications.markFailed(ada, failed)
    const all = [expired, canceled, failed]
    expect(await notifications.markDelivered(ada, all, LATER)).toEqual([])
    expect(await notifications.markRead(ada, all, LATER)).toEqual([])
    expect(await notifications.markRead(ada, all, LATER - 1), 'in time').toEqual([expired])
  })

  it('marks all as read that a user has not read', async () => {
    const store = await open()
    const { notifications } = store
    const first = await notify(store, [ada, bob])
    const second = await notify(store, [ada])
    await notifications.markDelivered(ada, [second], NOW)
    const expired = await notify(store, [ada], { expiresAtMs: LATER })
    const read = await notify(store, [ada])
    await notifications.markRead(ada, [read], NOW)
    const byEmail = await notify(store, [recipient(ada, { isInApp: false })])
    expect(await notifications.markAllRead(ada, LATER)).toEqual({ count: 2, ids: [second, first] })
    expect(await notifications.markAllRead(ada, LATER)).toEqual({ count: 0, ids: [] })
    expect(await notifications.unreadCount(ada, LATER)).toBe(0)
    expect(await notifications.unreadCount(bob, LATER)).toBe(1)
    expect(await stateOf(store, first, ada)).toMatchObject({ status: 'read', readAtMs: LATER })
    expect(await stateOf(store, read, ada)).toMatchObject({ readAtMs: NOW })
    expect(await stateOf(store, expired, ada)).toMatchObject({ status: 'expired' })
    expect(await stateOf(store, byEmail, ada)).toMatchObject({ status: 'pending' })
    expect(await notifications.markAllRead(cy, NOW)).toEqual({ count: 0, ids: [] })
  })

  it('marks all as read up to a place or a time, and names all of them', async () => {
    const store = await open()
    const { notifications } = store
    const made = []
    for (let index = 0; index < 4; index += 1) {
      made.push(await notify(store, [ada, bob], { createdAtMs: NOW + index }))
    }
    // Another process, whose clock is behind.
    const behind = await notify(store, [ada], { createdAtMs: NOW })
    const [first, second, third] = made
    await notifications.markRead(ada, [first ?? idOf('')], LATER)
    const { sequence = 0 } = (await notifications.find(third ?? idOf(''), LATER)) ?? {}
    const marked = await notifications.markAllRead(ada, LATER, { sequence })
    expect(marked).toEqual({ count: 2, ids: [third, second] })
    expect(await notifications.unreadCount(ada, LATER)).toBe(2)
    const upTo = { createdAtMs: NOW + 2 }
    expect(await notifications.markAllRead(ada, LATER, upTo)).toEqual({ count: 1, ids: [behind] })
    expect(await notifications.markAllRead(ada, LATER, upTo)).toEqual({ count: 0, ids: [] })
    expect(await notifications.unreadCount(ada, LATER)).toBe(1)
    expect(await notifications.unreadCount(bob, LATER)).toBe(4)
  })

  it('marks as read what an end by place or an end by time includes', async () => {
    const store = await open()
    const { notifications } = store
    const late = await notify(store, [ada], { createdAtMs: NOW + 9 })
    const end = await notify(store, [ada], { createdAtMs: NOW + 5 })
    const behind = await notify(store, [ada], { createdAtMs: NOW + 1 })
    await notify(store, [ada], { createdAtMs: NOW + 5 })
    const { sequence = 0 } = (await notifications.find(end, LATER)) ?? {}
    const upTo = { sequence, createdAtMs: NOW + 4 }
    const marked = await notifications.markAllRead(ada, LATER, upTo)
    expect(marked).toEqual({ count: 3, ids: [behind, end, late] })
    expect(await notifications.unreadCount(ada, LATER)).toBe(1)
    expect(await notifications.markAllRead(ada, LATER, {})).toEqual({ count: 0, ids: [] })
  })

  it('names the newest 1,000 of more that it marked as read', async () => {
    const store = await open()
    const made = []
    for (let index = 0; index < 1_005; index += 1) made.unshift(await notify(store, [ada]))
    const marked = await store.notifications.markAllRead(ada, LATER)
    expect(marked).toEqual({ count: 1_005, ids: made.slice(0, 1_000) })
    expect(await store.notifications.unreadCount(ada, LATER)).toBe(0)
    expect(await stateOf(store, made[1_004] ?? '', ada)).toMatchObject({ status: 'read' })
  })

  it('makes failed what no route can bring any more, and delivered what one brings after all', async () => {
    const store = await open()
    const { notifications, deliveries } = store
    const id = await notify(store, [
      recipient(ada, {
        isInApp: false,
        deliveries: [
          { route: 'email', target: 'ada@example.org', dueAtMs: NOW },
          { route: 'webhook', target: 'https://example.org', dueAtMs: NOW },
        ],
      }),
    ])
    const [first, second] = await deliveries.claim(NOW, 1_000, 2)
    await deliveries.settle(first?.id ?? 0, { status: 'dead', error: 'no' })
    expect(await notifications.markFailed(ada, id)).toBe(false)
    await deliveries.settle(second?.id ?? 0, { status: 'dead', error: 'no' })
    expect(await notifications.markFailed(ada, id)).toBe(true)
    expect(await notifications.markDelivered(ada, [id], NOW)).toEqual([id])
  })

  it('marks pending notifications as failed, and no others', async () => {
    const store = await open()
    const { notifications } = store
    const id = await notify(store, [ada, bob])
    expect(await notifications.markFailed(ada, id)).toBe(true)
    expect(await notifications.markFailed(ada, id)).toBe(false)
    expect(await notifications.markFailed(cy, id)).toBe(false)
    expect(await notifications.markFailed(ada, idOf('none'))).toBe(false)
    await notifications.markDelivered(bob, [id], NOW)
    expect(await notifications.markFailed(bob, id)).toBe(false)
    expect(await statusesOf(store, id)).toEqual(['failed', 'delivered'])
    expect(await notifications.unreadCount(ada, NOW)).toBe(0)
    expect(await notifications.unreadCount(bob, NOW)).toBe(1)
  })

  it('cancels a notification for recipients who have not read it', async () => {
    const store = await open()
    const { notifications } = store
    const byEmail = recipient('dan' as UserId, { isInApp: false })
    const id = await notify(store, [ada, bob, cy, byEmail])
    await notifications.markRead(ada, [id], NOW)
    await notifications.markDelivered(bob, [id], NOW)
    expect((await notifications.cancel(id, NOW))?.toSorted()).toEqual([bob, cy])
    expect(await statusesOf(store, id)).toEqual(['read', 'canceled', 'canceled', 'canceled'])
    expect(await notifications.cancel(id, NOW), 'repeating it changes nothing').toEqual([])
    expect(await notifications.cancel(idOf('none'), NOW)).toBeUndefined()
    for (const user of [ada, bob, cy]) expect(await notifications.unreadCount(user, NOW)).toBe(0)
  })

  it('does not cancel an expired notification', async () => {
    const store = await open()
    const { notifications } = store
    const id = await notify(store, [ada], { expiresAtMs: LATER })
    expect(await notifications.cancel(id, LATER)).toEqual([])
    expect(await notifications.unreadCount(ada, LATER)).toBe(0)
    await notifications.expireDue(LATER, 10)
    expect(await statusesOf(store, id)).toEqual(['expired'])
    expect(await notifications.unreadCount(ada, LATER)).toBe(0)
  })

  it('cancels the deliveries that wait, with the notification', async () => {
    const store = await open()
    const { notifications, deliveries } = store
    const id = await notify(store, [recipient(ada, { deliveries: [email(), email()] })])
    await notify(store, [recipient(bob, { deliveries: [email()] })])
    const [sent] = await deliveries.claim(NOW, 1_000, 1)
    await deliveries.settle(sent?.id ?? 0, { status: 'done' })
    await notifications.cancel(id, NOW)
    const left = await deliveries.list({ limit: 10 })
    expect(left.map(({ status }) => status)).toEqual(['waiting', 'canceled', 'done'])
    expect(await deliveries.claim(NOW, 1_000, 10)).toMatchObject([{ userId: bob }])
  })
}

async function stateOf(store: Store, id: string, userId: UserId) {
  const found = await store.notifications.find(idOf(id), LATER, userId)
  return found?.recipients[0]
}

async function statusesOf(store: Store, id: string): Promise<NotificationStatus[] | undefined> {
  const found = await store.notifications.find(idOf(id), LATER)
  return found?.recipients.map(({ status }) => status)
}
