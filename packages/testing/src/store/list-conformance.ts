import type { NotificationQuery } from '@coterie/server/store'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import { ada, bob, cy, email, ids, NOW, notify, recipient } from './store-entities.ts'

const query = (more: Partial<NotificationQuery> = {}): NotificationQuery => ({
  userId: ada,
  limit: 100,
  recipients: 'own',
  ...more,
})

/** Registers the tests for lists. */
export function listTests(open: OpenStore): void {
  it('lists what a user has, newest first', async () => {
    const store = await open()
    const first = await notify(store, [ada])
    await notify(store, [bob])
    // Ordered by creation, not by wall time.
    const second = await notify(store, [bob, ada], { createdAtMs: NOW - 1_000 })
    expect(ids(await store.notifications.list(query(), NOW))).toEqual([second, first])
    expect(await store.notifications.list(query({ userId: cy }), NOW)).toEqual([])
  })

  it('leaves out what goes by other routes only', async () => {
    const store = await open()
    await notify(store, [recipient(ada, { isInApp: false, deliveries: [email()] })])
    expect(await store.notifications.list(query(), NOW)).toEqual([])
  })

  it('shows the state of all recipients, in their order, or that of the user', async () => {
    const store = await open()
    const id = await notify(store, [cy, ada, bob])
    await notify(store, [ada, bob])
    await store.notifications.markDelivered(bob, [id], NOW + 5)
    await store.notifications.markRead(cy, [id], NOW + 9)
    const all = await store.notifications.list(query({ recipients: 'all' }), NOW + 10)
    expect(all.map(({ recipients }) => recipients)).toMatchObject([
      [{ userId: ada }, { userId: bob }],
      [
        { userId: cy, status: 'read', deliveredAtMs: NOW + 9, readAtMs: NOW + 9 },
        { userId: ada, status: 'pending', deliveredAtMs: null, readAtMs: null },
        { userId: bob, status: 'delivered', deliveredAtMs: NOW + 5, readAtMs: null },
      ],
    ])
    const own = await store.notifications.list(query(), NOW + 10)
    expect(own.map(({ recipients }) => recipients)).toMatchObject([
      [{ userId: ada }],
      [{ userId: ada }],
    ])
    expect(own.map(({ recipients }) => recipients.length)).toEqual([1, 1])
  })

  it('shows so many recipients of each, the one whose list it is, and what is true of all', async () => {
    const store = await open()
    const { notifications } = store
    const dan = 'dan' as typeof ada
    const id = await notify(store, [cy, bob, recipient(dan, { isInApp: false }), ada], {
      expiresAtMs: NOW + 100,
    })
    const few = await notify(store, [ada, bob])
    await notifications.markDelivered(bob, [id], NOW + 5)
    await notifications.markRead(ada, [id], NOW + 9)
    const all = query({ recipients: 'all', listed: 2 })
    const [second, first] = await notifications.list(all, NOW + 10)
    expect(second).toMatchObject({ id: few, recipients: [{ userId: ada }, { userId: bob }] })
    expect(second?.overview).toBeUndefined()
    expect(first?.recipients.map(({ userId }) => userId)).toEqual([cy, bob, ada])
    const overview = {
      count: 4,
      statuses: ['pending', 'delivered', 'read'],
      deliveredAtMs: NOW + 5,
      readBy: [ada],
    }
    expect(first?.overview).toEqual(overview)
    const found = await notifications.overview(id, 2, NOW + 10)
    expect(found?.recipients.map(({ userId }) => userId)).toEqual([cy, bob])
    expect(found?.overview).toEqual(overview)
    const late = await notifications.overview(id, 2, NOW + 100)
    expect(late?.overview?.statuses).toEqual(['expired', 'read'])
    expect((await notifications.overview(id, 4, NOW))?.overview).toBeUndefined()
    expect(await notifications.overview('none' as typeof id, 2, NOW)).toBeUndefined()
  })

  it('finds those of a user by name, oldest first', async () => {
    const store = await open()
    const first = await notify(store, [bob, ada])
    const second = await notify(store, [ada])
    const foreign = await notify(store, [bob])
    const named = await store.notifications.named(ada, [second, foreign, first], NOW)
    expect(ids(named)).toEqual([first, second])
    expect(named[0]?.recipients).toMatchObject([{ userId: ada, status: 'pending' }])
    expect(await store.notifications.named(ada, [], NOW)).toEqual([])
  })

  it('pages through the recipients of one', async () => {
    const store = await open()
    const { notifications } = store
    const id = await notify(store, [cy, ada, bob])
    const page = async (skip: number, limit: number) =>
      (await notifications.recipients(id, skip, limit, NOW))?.map(({ userId }) => userId)
    expect(await page(0, 2)).toEqual([cy, ada])
    expect(await page(2, 2)).toEqual([bob])
    expect(await page(3, 2)).toEqual([])
    expect(await notifications.recipients('none' as typeof id, 0, 2, NOW)).toBeUndefined()
    expect(await notifications.unannounced(NOW + 1, 10, 0)).toMatchObject([{ id, recipients: [] }])
  })

  it('pages by offset and by sequence', async () => {
    const store = await open()
    const made = []
    for (let index = 0; index < 7; index += 1) made.unshift(await notify(store, [ada]))
    const { notifications } = store
    const first = await notifications.list(query({ limit: 3 }), NOW)
    expect(ids(first)).toEqual(made.slice(0, 3))
    expect(ids(await notifications.list(query({ limit: 3, offset: 3 }), NOW))).toEqual(
      made.slice(3, 6),
    )
    // A new one moves what an offset means; what is before something stays.
    await notify(store, [ada])
    const before = first.at(-1)?.sequence
    const second = await notifications.list(query({ limit: 3, before }), NOW)
    expect(ids(second)).toEqual(made.slice(3, 6))
    const last = await notifications.list(query({ limit: 3, before: second.at(-1)?.sequence }), NOW)
    expect(ids(last)).toEqual(made.slice(6))
  })

  it('chooses by type and priority', async () => {
    const store = await open()
    const task = await notify(store, [ada], { type: 'task', priority: 'high' })
    const urgent = await notify(store, [ada], { type: 'task', priority: 'urgent' })
    const message = await notify(store, [ada], { type: 'message', priority: 'high' })
    const list = async (more: Partial<NotificationQuery>) =>
      ids(await store.notifications.list(query(more), NOW))
    expect(await list({ type: 'task' })).toEqual([urgent, task])
    expect(await list({ priority: 'high' })).toEqual([message, task])
    expect(await list({ type: 'task', priority: 'high' })).toEqual([task])
    expect(await list({ type: 'security' })).toEqual([])
  })

  it.each([
    ['swept', true],
    ['not yet swept', false],
  ])(
    'chooses by how far it has come as of now, what is past its time being %s',
    async (_, swept) => {
      const store = await open()
      const { notifications } = store
      const untilMs = NOW + 1_000
      const brief = { expiresAtMs: untilMs }
      const pending = await notify(store, [ada])
      const delivered = await notify(store, [ada])
      const read = await notify(store, [ada], brief)
      const failed = await notify(store, [ada])
      const canceled = await notify(store, [ada], brief)
      const late = await notify(store, [ada], brief)
      const lateDelivered = await notify(store, [ada], brief)
      await notifications.markDelivered(ada, [delivered, lateDelivered], NOW)
      await notifications.markRead(ada, [read], NOW)
      await notifications.markFailed(ada, failed)
      await notifications.cancel(canceled, NOW)
      const list = async (more: Partial<NotificationQuery>, nowMs = untilMs) =>
        ids(await notifications.list(query(more), nowMs))

      expect(await list({ isUnread: true }, untilMs - 1)).toEqual([
        lateDelivered,
        late,
        delivered,
        pending,
      ])
      if (swept) await notifications.expireDue(untilMs, 10)
      expect(await list({ status: 'pending' })).toEqual([pending])
      expect(await list({ status: 'delivered' })).toEqual([delivered])
      expect(await list({ status: 'read' })).toEqual([read])
      expect(await list({ status: 'failed' })).toEqual([failed])
      expect(await list({ status: 'canceled' })).toEqual([canceled])
      expect(await list({ status: 'expired' })).toEqual([lateDelivered, late])
      expect(await list({ isUnread: true })).toEqual([delivered, pending])
      expect(await list({ isUnread: false })).toEqual([lateDelivered, late, canceled, failed, read])
      expect(await list({ isUnread: true, status: 'pending' })).toEqual([pending])
      expect(await list({ isUnread: false, status: 'read', type: 'message' })).toEqual([read])
      const [shown] = await notifications.list(query({ status: 'expired' }), untilMs)
      expect(shown?.recipients[0]).toMatchObject({ status: 'expired', deliveredAtMs: NOW })
    },
  )

  it('lists what is to be pushed, oldest first', async () => {
    const store = await open()
    const { notifications } = store
    const first = await notify(store, [bob, ada])
    const delivered = await notify(store, [ada])
    await notifications.markDelivered(ada, [delivered], NOW)
    await notify(store, [recipient(ada, { isInApp: false })])
    await notify(store, [ada], { expiresAtMs: NOW })
    const held = await notify(store, [recipient(ada, { heldUntilMs: NOW + 10 })])
    await notify(store, [bob])
    const last = await notify(store, [ada])
    const pending = await notifications.pending(ada, 0, 10, NOW)
    expect(ids(pending)).toEqual([first, last])
    expect(pending[0]?.recipients).toMatchObject([{ userId: ada }])
    expect(pending[0]?.recipients).toHaveLength(1)
    expect(ids(await notifications.pending(ada, 0, 1, NOW))).toEqual([first])
    expect(ids(await notifications.pending(ada, pending[0]?.sequence ?? 0, 9, NOW))).toEqual([last])
    expect(ids(await notifications.pending(ada, 0, 9, NOW + 10))).toEqual([first, held, last])
  })
}
