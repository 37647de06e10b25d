import type { NewDelivery, NewRecipient, Store } from '@coterie/server/store'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import { ada, bob, email, idOf, ids, NOW, notify, recipient } from './store-entities.ts'

const LEASE_MS = 60_000
const MORNING = NOW + 8 * 3_600_000
const LATER = NOW + 1_000

const to = (target: string, dueAtMs = MORNING) => email({ target, dueAtMs })
const webhook = (target: string, dueAtMs = MORNING): NewDelivery => ({
  route: 'webhook',
  target,
  dueAtMs,
})
/** A plan that is the same whatever it is for. */
const planned =
  (more: Partial<NewRecipient>, reason = 'changed') =>
  () => ({ recipient: recipient(ada, { isInApp: false, ...more }), reason })
const all = { nowMs: LATER, limit: 100 }

/** Registers the tests for replanning waiting deliveries. */
export function planTests(open: OpenStore): void {
  it('moves what waits to another address and time, oldest first', async () => {
    const store = await open()
    const mail = recipient(ada, { isInApp: false, deliveries: [to('old@example.org')] })
    const made = [await notify(store, [mail]), await notify(store, [mail])]
    await notify(store, [recipient(bob, { deliveries: [to('bob@example.org')] })])
    const plan = planned({ deliveries: [to('new@example.org', MORNING + 5)] })
    expect(await store.notifications.replan(ada, plan, all)).toEqual({ count: 2, next: undefined })
    expect(await waitingOf(store)).toMatchObject([
      { target: 'bob@example.org', dueAtMs: MORNING },
      { target: 'new@example.org', dueAtMs: MORNING + 5, notificationId: made[1] },
      { target: 'new@example.org', dueAtMs: MORNING + 5, notificationId: made[0] },
    ])
    const free = planned({ deliveries: [to('new@example.org', LATER)] })
    await store.notifications.replan(ada, free, all)
    const claimed = await store.deliveries.claim(LATER, LEASE_MS, 10)
    expect(claimed.map(({ notificationId }) => notificationId)).toEqual(made)
  })

  it('plans a part at a time, and says where the next begins', async () => {
    const store = await open()
    const made = []
    for (let index = 0; index < 5; index += 1) {
      const held = recipient(ada, { heldUntilMs: MORNING })
      const mail = recipient(ada, { isInApp: false, deliveries: [to('ada@example.org')] })
      made.push(await notify(store, [index % 2 ? held : mail]))
    }
    await notify(store, [ada])
    const seen: string[] = []
    let after: number | undefined = 0
    while (after !== undefined) {
      const part = await store.notifications.replan(
        ada,
        ({ id }, state) => {
          if (!seen.includes(id)) seen.push(id)
          return { recipient: recipient(ada, { isInApp: state.isInApp }), reason: 'changed' }
        },
        { ...all, after, limit: 2 },
      )
      expect(part.count).toBeLessThanOrEqual(2)
      after = part.next
    }
    expect(seen).toEqual(made)
  })

  it('cancels what is to be sent no longer, and brings into the inbox what comes by no other way', async () => {
    const store = await open()
    const { notifications } = store
    const lost = recipient(ada, { isInApp: false, deliveries: [to('old@example.org')] })
    const id = await notify(store, [lost])
    await notifications.replan(ada, planned({ isInApp: true }, 'no address'), all)
    expect(await waitingOf(store)).toEqual([])
    expect(await store.deliveries.list({ status: 'canceled', limit: 9 })).toMatchObject([
      { notificationId: id, lastError: 'no address' },
    ])
    expect(await notifications.unreadCount(ada, LATER)).toBe(1)
    expect(await notifications.nextDueMs()).toBe(LATER)
    expect(await notifications.releaseHeld(LATER, 10)).toEqual([{ userId: ada, id }])
  })

  it('adds a route, but none by which it was sent or given up', async () => {
    const store = await open()
    const both = [to('ada@example.org', NOW), webhook('https://example.org')]
    await notify(store, [recipient(ada, { isInApp: false, deliveries: both })])
    await notify(store, [
      recipient(ada, { isInApp: false, deliveries: [webhook('https://a.org')] }),
    ])
    const [mail] = await store.deliveries.claim(NOW, LEASE_MS, 1)
    await store.deliveries.settle(mail?.id ?? 0, { status: 'done' })
    const wanted = [to('new@example.org'), webhook('https://example.org')]
    await store.notifications.replan(ada, planned({ deliveries: wanted }), all)
    expect(await waitingOf(store)).toMatchObject([
      { target: 'new@example.org', dueAtMs: MORNING },
      { target: 'https://example.org' },
      { target: 'https://example.org' },
    ])
    await store.notifications.replan(ada, planned({ isInApp: true }), all)
    const listed = await store.notifications.list({ userId: ada, limit: 9, recipients: 'own' }, NOW)
    expect(listed, 'one was sent by e-mail').toHaveLength(1)
  })

  it('keeps the pause after an attempt that failed, whatever quiet hours come and go', async () => {
    const store = await open()
    await notify(store, [recipient(ada, { isInApp: false, deliveries: [to('a@b.org', NOW)] })])
    const [{ id } = { id: 0 }] = await store.deliveries.claim(NOW, LEASE_MS, 1)
    const retryMs = NOW + 5_000
    await store.deliveries.settle(id, { status: 'waiting', dueAtMs: retryMs, error: 'busy' })
    const { notifications, deliveries } = store
    const free = planned({ deliveries: [to('a@b.org', LATER)] })
    await notifications.replan(ada, free, all)
    expect(await deliveries.find(id)).toMatchObject({ dueAtMs: retryMs, lastError: 'busy' })
    await notifications.replan(ada, planned({ deliveries: [to('a@b.org')] }), all)
    expect(await deliveries.find(id)).toMatchObject({ dueAtMs: MORNING, attempts: 1 })
    await notifications.replan(ada, free, all)
    expect(await deliveries.find(id)).toMatchObject({ dueAtMs: retryMs })
  })

  it('leaves the time of what somebody sends right now, unless it is the one who asks', async () => {
    const store = await open()
    const { notifications, deliveries } = store
    const mail = recipient(ada, { isInApp: false, deliveries: [to('old@example.org', NOW)] })
    const id = await notify(store, [mail])
    const [{ id: claimed } = { id: 0 }] = await deliveries.claim(NOW, LEASE_MS, 1)
    const plan = planned({ deliveries: [to('new@example.org')] })
    await notifications.replan(ada, plan, all)
    expect(await deliveries.nextDueMs()).toBe(NOW + LEASE_MS)
    await notifications.replan(ada, plan, { nowMs: NOW, limit: 1, id, claimed: [claimed] })
    expect(await deliveries.nextDueMs()).toBe(MORNING)
    expect(await deliveries.find(claimed)).toMatchObject({
      target: 'new@example.org',
      attempts: 0,
      status: 'waiting',
    })
  })

  it('releases held pushes, holds them longer, or no longer pushes them', async () => {
    const store = await open()
    const { notifications } = store
    const id = await notify(store, [recipient(ada, { heldUntilMs: MORNING })])
    const until = (heldUntilMs: number | null, isInApp = true) =>
      notifications.replan(ada, planned({ isInApp, heldUntilMs }), all)
    await until(MORNING + 5)
    expect(await notifications.nextDueMs()).toBe(MORNING + 5)
    await until(null, false)
    expect(await notifications.nextDueMs()).toBeUndefined()
    expect(await notifications.unreadCount(ada, LATER)).toBe(1)
    const other = await notify(store, [recipient(ada, { heldUntilMs: MORNING })])
    await until(null)
    expect(await notifications.releaseHeld(LATER, 10)).toEqual([{ userId: ada, id: other }])
    expect(ids(await notifications.pending(ada, 0, 10, LATER))).toEqual([id, other])
  })

  it('says how far notifications have come for each recipient', async () => {
    const store = await open()
    const first = await notify(store, [ada, bob])
    const second = await notify(store, [bob])
    await store.notifications.markRead(bob, [first], NOW)
    const entries = [
      { userId: bob, id: first },
      { userId: ada, id: first },
      { userId: ada, id: second },
      { userId: bob, id: idOf('none') },
    ]
    const states = await store.notifications.states(entries, NOW)
    const found = states.map(({ userId, id, status }) => [userId, id, status])
    expect(found.toSorted()).toEqual([
      [ada, first, 'pending'],
      [bob, first, 'read'],
    ])
    expect(await store.notifications.states([], NOW)).toEqual([])
  })

  it('keeps that something is sent also to those who have read it', async () => {
    const store = await open()
    const id = await notify(store, [ada], { evenIfRead: true })
    expect(await store.notifications.find(id, NOW)).toMatchObject({ evenIfRead: true })
  })
}

function waitingOf(store: Store) {
  return store.deliveries.list({ status: 'waiting', limit: 100 })
}
