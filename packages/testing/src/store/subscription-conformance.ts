import { ok, type Result, refuse, type SubscriptionId } from '@coterie/protocol'
import type {
  Store,
  StoredSubscription,
  SubscriptionChange,
  SubscriptionQuery,
} from '@coterie/server/store'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import { ada, bob, ids, keyOf, NOW, subscription } from './store-entities.ts'

const LATER = NOW + 1_000

/** Registers what stores promise of stored subscriptions. */
export function subscriptionTests(open: OpenStore): void {
  it('finds all that a subscription says', async () => {
    const { subscriptions } = await open()
    const made = subscription(ada, {
      type: 'query',
      status: 'paused',
      updatedAtMs: LATER,
      expiresAtMs: LATER,
      resourceId: '42',
      resourceType: 'post',
      topic: 'post:*',
      query: { action: { $in: ['update', "it's"] } },
      payloadFilter: { 'author.name': { $ne: null } },
      labels: ['a', 'ünï "quoted"'],
      metadata: { notification_channel: 'email' },
      isVouched: true,
    })
    expect(await subscriptions.create(made, { maxPerUser: 9 })).toEqual({
      ok: true,
      value: { subscription: made, isDuplicate: false },
    })
    expect(await subscriptions.find(made.id)).toEqual(made)
    const plain = await add(subscriptions, subscription(ada))
    expect(await subscriptions.find(plain.id)).toEqual(plain)
    expect(await subscriptions.find('none' as SubscriptionId)).toBeUndefined()
  })

  it('makes once what comes twice with a key, and refuses the key for something else', async () => {
    const { subscriptions } = await open()
    const create = (fingerprint: string, made = subscription(ada)) => {
      const idempotencyKey = keyOf('k', { fingerprint })
      return subscriptions.create(made, { maxPerUser: 1, idempotencyKey })
    }
    const first = subscription(ada)
    await create('a', first)
    expect(await create('a')).toEqual({
      ok: true,
      value: { subscription: first, isDuplicate: true },
    })
    expect(await create('b')).toMatchObject({ ok: false, error: { code: 'conflict' } })
    await subscriptions.delete(first.id)
    expect(await create('a'), 'deleted').toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(await subscriptions.active(undefined, 10, NOW)).toEqual([])
  })

  it('refuses one too many, expired ones not counted, and leaves the key unused', async () => {
    const { subscriptions } = await open()
    await add(subscriptions, subscription(ada, { expiresAtMs: NOW }))
    await add(subscriptions, subscription(ada, { status: 'expired' }))
    await add(subscriptions, subscription(ada, { status: 'paused' }))
    const last = await add(subscriptions, subscription(ada, { status: 'inactive' }))
    await add(subscriptions, subscription(bob))
    const create = () =>
      subscriptions.create(subscription(ada), { maxPerUser: 2, idempotencyKey: keyOf('k') })
    expect(await create()).toMatchObject({ ok: false, error: { code: 'limit_exceeded' } })
    await subscriptions.delete(last.id)
    expect(await create()).toMatchObject({ ok: true, value: { isDuplicate: false } })
  })

  it('asks whether it may be stored only where nothing was made with the key', async () => {
    const { subscriptions } = await open()
    const idempotencyKey = keyOf('k')
    const refused = () => refuse('limit_exceeded', 'on purpose')
    const create = (admit: () => Result<unknown>) =>
      subscriptions.create(subscription(ada), { maxPerUser: 9, idempotencyKey, admit })
    expect(await create(refused)).toMatchObject({ error: { message: 'on purpose' } })
    const made = await create(() => ({ ok: true, value: undefined }))
    expect(await create(refused)).toEqual(
      made.ok && { ok: true, value: { ...made.value, isDuplicate: true } },
    )
  })

  it('keeps as many expired ones of a user as there may be others, the newest', async () => {
    const { subscriptions } = await open()
    const made: SubscriptionId[] = []
    for (let index = 0; index < 5; index += 1) {
      const stored = subscription(ada, { expiresAtMs: NOW - 1 })
      await subscriptions.create(stored, { maxPerUser: 2 })
      made.unshift(stored.id)
    }
    const other = await add(subscriptions, subscription(bob, { expiresAtMs: NOW - 1 }))
    expect(ids(await subscriptions.list({ userId: ada, limit: 9 }, NOW))).toEqual(made.slice(0, 2))
    expect(ids(await subscriptions.list({ userId: bob, limit: 9 }, NOW))).toEqual([other.id])
  })

  it('lists those of a user, newest first, in pages', async () => {
    const { subscriptions } = await open()
    const made: SubscriptionId[] = []
    for (let index = 0; index < 5; index += 1) {
      made.unshift((await add(subscriptions, subscription(ada))).id)
    }
    await add(subscriptions, subscription(bob))
    const list = async (more: Partial<SubscriptionQuery>) =>
      ids(await subscriptions.list({ userId: ada, limit: 2, ...more }, NOW))
    expect(await list({ limit: 9 })).toEqual(made)
    expect(await list({ offset: 2 })).toEqual(made.slice(2, 4))
    expect(await list({ before: made[1] })).toEqual(made.slice(2, 4))
    await subscriptions.delete(made[1] as SubscriptionId)
    expect(await list({ before: made[1] }), 'deleted meanwhile').toEqual(made.slice(2, 4))
  })

  it('lists by type and label', async () => {
    const { subscriptions } = await open()
    const a = await add(subscriptions, subscription(ada, { labels: ['x', 'y'] }))
    const b = await add(subscriptions, subscription(ada, { type: 'resource', labels: ['y'] }))
    await add(subscriptions, subscription(ada, { labels: ['xy', 'a,"y"'] }))
    const list = async (more: Partial<SubscriptionQuery>) =>
      ids(await subscriptions.list({ userId: ada, limit: 9, ...more }, NOW))
    expect(await list({ label: 'y' })).toEqual([b.id, a.id])
    expect(await list({ label: 'y', type: 'topic' })).toEqual([a.id])
    expect(await list({ type: 'resource' })).toEqual([b.id])
    expect(await list({ label: 'z' })).toEqual([])
  })

  it.each([
    ['swept', true],
    ['not yet swept', false],
  ])('lists by status as of now, what is past its time being %s', async (_, isSwept) => {
    const { subscriptions } = await open()
    const make = async (status: StoredSubscription['status'], expiresAtMs: number | null) =>
      (await add(subscriptions, subscription(ada, { status, expiresAtMs }))).id
    const active = await make('active', LATER + 1)
    const late = await make('active', LATER)
    const paused = await make('paused', null)
    const latePaused = await make('paused', LATER)
    const inactive = await make('inactive', null)
    const expired = await make('expired', null)
    if (isSwept) await subscriptions.expireDue(LATER, 10)
    const list = async (status: StoredSubscription['status']) =>
      ids(await subscriptions.list({ userId: ada, limit: 9, status }, LATER))
    expect(await list('active')).toEqual([active])
    expect(await list('paused')).toEqual([paused])
    expect(await list('inactive')).toEqual([inactive])
    expect(await list('expired')).toEqual([expired, latePaused, late])
    const all = await subscriptions.list({ userId: ada, limit: 9 }, LATER)
    expect(all.map(({ status }) => status)).toEqual([
      'expired',
      'inactive',
      'expired',
      'paused',
      'expired',
      'active',
    ])
  })

  it('changes what is named, and nothing else', async () => {
    const { subscriptions } = await open()
    const made = await add(subscriptions, subscription(ada, { labels: ['a'] }))
    const change = (id: SubscriptionId, changed: SubscriptionChange) =>
      subscriptions.change(id, () => ok(changed))
    const paused = { ...made, status: 'paused', updatedAtMs: LATER }
    expect(await change(made.id, { status: 'paused', updatedAtMs: LATER })).toEqual(ok(paused))
    const labels = ['a', 'b']
    const labelled = { ...paused, labels, updatedAtMs: LATER + 1 }
    expect(await change(made.id, { labels, updatedAtMs: LATER + 1 })).toEqual(ok(labelled))
    expect(await subscriptions.find(made.id)).toEqual(labelled)
    const none = 'none' as SubscriptionId
    expect(await change(none, { updatedAtMs: LATER })).toBeUndefined()
  })

  it('leaves as it is what is not to be changed, and says why', async () => {
    const { subscriptions } = await open()
    const made = await add(subscriptions, subscription(ada, { labels: ['a'] }))
    const seen: StoredSubscription[] = []
    const left = await subscriptions.change(made.id, (stored) => {
      seen.push(stored)
      return ok(undefined)
    })
    expect(left).toEqual(ok(made))
    expect(seen).toEqual([made])
    const refused = await subscriptions.change(made.id, () => refuse('conflict', 'on purpose'))
    expect(refused).toMatchObject({ ok: false, error: { message: 'on purpose' } })
    const failed = subscriptions.change(made.id, () => {
      throw new Error('no decision')
    })
    await expect(failed).rejects.toThrow('no decision')
    expect(await subscriptions.find(made.id)).toEqual(made)
  })

  it('loses none of several changes at once', async () => {
    const { subscriptions } = await open()
    const { id } = await add(subscriptions, subscription(ada))
    const labels = Array.from({ length: 8 }, (_, index) => `label ${index}`)
    await Promise.all([
      ...labels.map((label) =>
        subscriptions.change(id, (stored) =>
          ok({ labels: [...stored.labels, label], updatedAtMs: LATER }),
        ),
      ),
      subscriptions.change(id, () => ok({ status: 'paused', updatedAtMs: LATER })),
    ])
    const stored = await subscriptions.find(id)
    expect(stored?.labels.toSorted()).toEqual(labels)
    expect(stored?.status).toBe('paused')
  })

  it('deletes once', async () => {
    const { subscriptions } = await open()
    const { id } = await add(subscriptions, subscription(ada))
    expect(await subscriptions.delete(id)).toBe(true)
    expect(await subscriptions.delete(id)).toBe(false)
    expect(await subscriptions.find(id)).toBeUndefined()
  })

  it('reads all that route, in pages by id', async () => {
    const { subscriptions } = await open()
    const made: SubscriptionId[] = []
    for (const user of [ada, bob, ada]) made.push((await add(subscriptions, subscription(user))).id)
    await add(subscriptions, subscription(ada, { status: 'paused' }))
    await add(subscriptions, subscription(ada, { expiresAtMs: LATER }))
    const first = ids(await subscriptions.active(undefined, 2, LATER))
    expect(first).toEqual(made.slice(0, 2))
    expect(ids(await subscriptions.active(first[1], 2, LATER))).toEqual(made.slice(2))
    expect(await subscriptions.active(undefined, 9, NOW)).toHaveLength(4)
  })

  it('expires active and paused ones that are past their time, once', async () => {
    const { subscriptions } = await open()
    const make = async (status: StoredSubscription['status'], expiresAtMs: number) =>
      (await add(subscriptions, subscription(ada, { status, expiresAtMs }))).id
    const third = await make('active', NOW + 30)
    const first = await make('paused', NOW + 10)
    const second = await make('active', NOW + 20)
    const inactive = await make('inactive', NOW + 5)
    expect(await subscriptions.nextDueMs()).toBe(NOW + 10)
    expect(await subscriptions.expireDue(NOW + 9, 10)).toEqual([])
    expect((await subscriptions.expireDue(NOW + 30, 2)).toSorted()).toEqual(
      [first, second].toSorted(),
    )
    expect(await subscriptions.nextDueMs()).toBe(NOW + 30)
    expect(await subscriptions.expireDue(NOW + 30, 2)).toEqual([third])
    expect(await subscriptions.nextDueMs()).toBeUndefined()
    expect(await subscriptions.find(first)).toMatchObject({ status: 'expired' })
    expect(await subscriptions.find(inactive)).toMatchObject({ status: 'inactive' })
  })
}

async function add(
  subscriptions: Store['subscriptions'],
  made: StoredSubscription,
): Promise<StoredSubscription> {
  const result = await subscriptions.create(made, { maxPerUser: 100 })
  if (!result.ok) throw result.error
  return made
}
