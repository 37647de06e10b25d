import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import { ada, bob, email, ids, NOW, notificationFor, notify, recipient } from './store-entities.ts'

const LEASE_MS = 1_000

/** Registers the tests for deliveries. */
export function deliveryTests(open: OpenStore): void {
  it('hands out a due delivery, with its notification, to one worker alone', async () => {
    const { notifications, deliveries } = await open()
    const webhook = { route: 'webhook', target: 'https://example.org', dueAtMs: NOW - 5 } as const
    const { recipients, ...content } = notificationFor([
      recipient(ada, { isInApp: false, deliveries: [email({ dueAtMs: NOW }), webhook] }),
      recipient(bob, { deliveries: [email({ target: 'bob@example.org', dueAtMs: NOW + 1 })] }),
    ])
    await notifications.create({ ...content, recipients })
    const claimed = await deliveries.claim(NOW, LEASE_MS, 10)
    expect(claimed).toEqual([
      {
        id: expect.any(Number),
        notificationId: content.id,
        userId: ada,
        ...webhook,
        status: 'waiting',
        attempts: 0,
        createdAtMs: NOW,
        lastError: null,
        notification: content,
      },
      expect.objectContaining({ userId: ada, route: 'email', target: 'ada@example.org' }),
    ])
    expect(await deliveries.claim(NOW, LEASE_MS, 10)).toEqual([])
    expect(await deliveries.claim(NOW + 1, LEASE_MS, 10)).toMatchObject([{ userId: bob }])
  })

  it('hands out at most so many, earliest first', async () => {
    const store = await open()
    const dues = [NOW - 1, NOW - 3, NOW - 2].map((dueAtMs) => email({ dueAtMs }))
    await notify(store, [recipient(ada, { deliveries: dues })])
    const claimed = await store.deliveries.claim(NOW, LEASE_MS, 2)
    expect(claimed.map(({ dueAtMs }) => dueAtMs)).toEqual([NOW - 3, NOW - 2])
    expect(await store.deliveries.claim(NOW, LEASE_MS, 2)).toHaveLength(1)
  })

  it('hands out an unsettled delivery again after its lease has expired', async () => {
    const store = await open()
    await notify(store, [recipient(ada, { deliveries: [email()] })])
    const { deliveries } = store
    expect(await deliveries.nextDueMs()).toBe(NOW)
    const first = await deliveries.claim(NOW, LEASE_MS, 10)
    expect(await deliveries.nextDueMs()).toBe(NOW + LEASE_MS)
    expect(await deliveries.claim(NOW + LEASE_MS - 1, LEASE_MS, 10)).toEqual([])
    expect(await deliveries.claim(NOW + LEASE_MS, LEASE_MS, 10)).toEqual(first)
  })

  it('notes what was sent', async () => {
    const store = await open()
    const { deliveries } = store
    await notify(store, [recipient(ada, { deliveries: [email()] })])
    const [{ id } = { id: 0 }] = await deliveries.claim(NOW, LEASE_MS, 10)
    await deliveries.settle(id, { status: 'done' })
    expect(await deliveries.find(id)).toMatchObject({
      status: 'done',
      attempts: 1,
      lastError: null,
    })
    expect(await deliveries.claim(NOW + LEASE_MS, LEASE_MS, 10)).toEqual([])
    expect(await deliveries.nextDueMs()).toBeUndefined()
  })

  it('lets a failed attempt wait for the next, and the lease end', async () => {
    const store = await open()
    const { deliveries } = store
    await notify(store, [recipient(ada, { deliveries: [email()] })])
    const [{ id } = { id: 0 }] = await deliveries.claim(NOW, LEASE_MS, 10)
    await deliveries.settle(id, { status: 'waiting', dueAtMs: NOW + 10, error: 'busy' })
    const waiting = { status: 'waiting', attempts: 1, dueAtMs: NOW + 10, lastError: 'busy' }
    expect(await deliveries.find(id)).toMatchObject(waiting)
    expect(await deliveries.nextDueMs()).toBe(NOW + 10)
    expect(await deliveries.claim(NOW + 9, LEASE_MS, 10)).toEqual([])
    expect(await deliveries.claim(NOW + 10, LEASE_MS, 10)).toMatchObject([{ id, ...waiting }])
  })

  it('gives up, and takes up again', async () => {
    const store = await open()
    const { deliveries } = store
    await notify(store, [recipient(ada, { deliveries: [email()] })])
    const [{ id } = { id: 0 }] = await deliveries.claim(NOW, LEASE_MS, 10)
    expect(await deliveries.revive(id, NOW), 'it is not dead').toBeUndefined()
    await deliveries.settle(id, { status: 'dead', error: 'no such address' })
    expect(await deliveries.claim(NOW + LEASE_MS, LEASE_MS, 10)).toEqual([])
    expect(await deliveries.find(id)).toMatchObject({
      status: 'dead',
      attempts: 1,
      lastError: 'no such address',
    })
    const revived = { id, status: 'waiting', attempts: 0, dueAtMs: NOW + 50 }
    expect(await deliveries.revive(id, NOW + 50)).toMatchObject(revived)
    expect(await deliveries.revive(id, NOW + 50)).toBeUndefined()
    expect(await deliveries.claim(NOW + 50, LEASE_MS, 10)).toMatchObject([{ id }])
    expect(await deliveries.revive(999_999, NOW)).toBeUndefined()
  })

  it('does not send what was canceled meanwhile, but believes that it was sent', async () => {
    const store = await open()
    const { deliveries, notifications } = store
    const users = [recipient(ada, { deliveries: [email(), email()] })]
    const id = await notify(store, users)
    const [first, second] = await deliveries.claim(NOW, LEASE_MS, 10)
    await notifications.cancel(id, NOW)
    await deliveries.settle(first?.id ?? 0, { status: 'waiting', dueAtMs: NOW, error: 'busy' })
    await deliveries.settle(second?.id ?? 0, { status: 'done' })
    expect(await deliveries.list({ limit: 9 })).toMatchObject([
      { status: 'done', attempts: 1 },
      { status: 'canceled', attempts: 1, lastError: 'busy' },
    ])
    expect(await deliveries.claim(NOW + LEASE_MS, LEASE_MS, 10)).toEqual([])
  })

  it('does not send again what another has sent, whatever one says whose lease is over', async () => {
    const store = await open()
    await notify(store, [recipient(ada, { deliveries: [email()] })])
    const { deliveries } = store
    const [{ id } = { id: 0 }] = await deliveries.claim(NOW, LEASE_MS, 10)
    await deliveries.claim(NOW + LEASE_MS, LEASE_MS, 10)
    await deliveries.settle(id, { status: 'done' })
    await deliveries.settle(id, { status: 'waiting', dueAtMs: NOW, error: 'timeout' })
    expect(await deliveries.find(id)).toMatchObject({ status: 'done', attempts: 2 })
  })

  it('lists by status, route and user, newest first', async () => {
    const store = await open()
    const webhook = email({ route: 'webhook', target: 'https://example.org' })
    await notify(store, [recipient(ada, { deliveries: [email()] })])
    await notify(store, [recipient(bob, { deliveries: [webhook] })])
    await notify(store, [recipient(ada, { deliveries: [webhook] })])
    const { deliveries } = store
    const all = await deliveries.list({ limit: 10 })
    expect(all).toMatchObject([
      { userId: ada, route: 'webhook' },
      { userId: bob, route: 'webhook' },
      { userId: ada, route: 'email' },
    ])
    const [third, second, first] = ids(all)
    await deliveries.settle(first ?? 0, { status: 'dead', error: 'gone' })
    const list = async (more: object) => ids(await deliveries.list({ limit: 10, ...more }))
    expect(await list({ limit: 1 })).toEqual([third])
    expect(await list({ before: second })).toEqual([first])
    expect(await list({ status: 'dead' })).toEqual([first])
    expect(await list({ route: 'webhook' })).toEqual([third, second])
    expect(await list({ userId: ada, status: 'waiting' })).toEqual([third])
    expect(await deliveries.find(first ?? 0)).toMatchObject({ id: first })
    expect(await deliveries.find(999_999)).toBeUndefined()
  })
}
