import { RealtimeError, type Result } from '@coterie/protocol'
import { createTestHub, type TestHubOptions, testPrincipal } from '@coterie/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSqliteStore } from '../../stores/sqlite/sqlite-store.ts'
import { describeSubscription, type Subscription } from './subscription.ts'

const ada = testPrincipal('ada')
const bob = testPrincipal('bob')
const post = { userId: 'ada', resourceType: 'post', resourceId: 'post-789' }

async function setUp(options: TestHubOptions<never> = {}) {
  const store = createSqliteStore({ path: ':memory:' })
  const world = await createTestHub({
    store,
    channels: {
      news: {},
      'new-posts': {},
      'orders:#': { subscribe: 'granted' },
      'audit:*': { subscribe: 'server' },
      'room:*': {},
    },
    rooms: { board: { password: 'open sesame' } },
    ...options,
  })
  onTestFinished(async () => {
    const closed = world.hubs.map((hub) => hub.close())
    await world.clock.advance(60_000)
    await Promise.all(closed)
  })
  return { ...world, store, service: world.hub.subscriptions }
}

async function must<T>(result: Promise<Result<T>>): Promise<T> {
  const awaited = await result
  if (!awaited.ok) throw awaited.error
  return awaited.value
}

async function errorOf(result: Promise<Result<unknown>>): Promise<string> {
  const awaited = await result
  return awaited.ok ? 'none' : `${awaited.error.code}: ${awaited.error.message}`
}

it('stores what it is asked for and shows it as it was asked for', async () => {
  const { service, clock } = await setUp()
  const expiresAtMs = clock.now() + 60_000
  const created = await must(
    service.createTopicSubscription({
      userId: 'ada',
      topic: 'new-posts',
      labels: ['news', 'updates', 'news'],
      metadata: { notification_channel: 'in-app' },
      expiresAtMs,
      payloadFilter: { category: 'tech' },
    }),
  )
  const shown = {
    id: created.id,
    user_id: 'ada',
    type: 'topic',
    status: 'active',
    created_at: new Date(clock.now()).toISOString(),
    updated_at: new Date(clock.now()).toISOString(),
    expires_at: new Date(expiresAtMs).toISOString(),
    resource_id: null,
    resource_type: null,
    topic: 'new-posts',
    query: null,
    labels: ['news', 'updates'],
    metadata: { notification_channel: 'in-app' },
    payload_filter: { category: 'tech' },
  }
  expect(describeSubscription(created)).toEqual(shown)
  expect(describeSubscription(await must(service.find(created.id)))).toEqual(shown)
  clock.jumpWallClock(60_000)
  expect(describeSubscription(await must(service.find(created.id)))).toEqual({
    ...shown,
    status: 'expired',
  })
})

describe('a request that is wrong is refused by the name of the field', () => {
  it.each<[object, string]>([
    [{ userId: '' }, 'user_id: expected 1–200'],
    [{ userId: 7 }, 'user_id: expected 1–200'],
    [{ resourceType: '' }, 'resource_type: expected 1–200'],
    [{ resourceId: 'x'.repeat(201) }, 'resource_id: expected 1–200'],
    [{ resourceId: 'a\u0000b' }, 'resource_id: expected 1–200'],
    [{ labels: Array.from({ length: 21 }, String) }, 'labels: expected a list of at most 20'],
    [{ labels: [''] }, 'labels: expected 1–100'],
    [{ userId: '\ud83d' }, 'user_id: holds half of a character'],
    [{ labels: ['\ud83d'] }, 'labels: holds half of a character'],
    [{ idempotencyKey: '\ud83d' }, 'idempotency key: holds half of a character'],
    [{ labels: 'important' }, 'labels: expected a list'],
    [{ metadata: [] }, 'metadata: expected an object'],
    [{ metadata: { text: 'x'.repeat(4_096) } }, 'metadata: expected at most 4096 bytes'],
    [{ metadata: { notification_channel: 'pigeon' } }, 'one of in-app, email, webhook'],
    [{ metadata: JSON.parse('{"__proto__": 1}') }, 'metadata: __proto__'],
    [{ expiresAtMs: -1 }, 'expires_at: expected a time'],
    [{ expiresAtMs: Number.NaN }, 'expires_at: expected a time'],
    [{ expiresAtMs: 1e300 }, 'expires_at: expected a time'],
    [{ payloadFilter: { price: { $regex: 'a' } } }, 'payload_filter: unknown operator "$regex"'],
    [{ payloadFilter: { text: 'x'.repeat(20_000) } }, 'payload_filter: expected at most'],
    [{ idempotencyKey: '' }, 'idempotency key: expected 1–255'],
  ])('%j', async (wrong, message) => {
    const { service } = await setUp()
    const error = await errorOf(service.createResourceSubscription({ ...post, ...wrong }))
    expect(error).toContain('invalid_payload')
    expect(error).toContain(message)
  })

  it.each(['', 'a:#:b', 'a b', 'x'.repeat(201)])('topic %j', async (topic) => {
    const { service } = await setUp()
    expect(await errorOf(service.createTopicSubscription({ userId: 'ada', topic }))).toContain(
      'topic: expected the name of a channel, or a pattern',
    )
  })

  it('a query without a query, and one over too much', async () => {
    const { service } = await setUp()
    const create = (request: object) =>
      errorOf(service.createQuerySubscription({ userId: 'ada', ...request } as never))
    expect(await create({})).toContain('query: expected an object')
    expect(await create({ query: { $where: '1' } })).toContain('query: unknown operator')
    expect(await create({ query: {}, topic: 'news', resourceType: 'post' })).toContain(
      'not over both',
    )
    expect(await create({ query: {}, topic: 'a b' })).toContain('topic: expected')
    expect(await create({ query: { action: 'update' } })).toBe('none')
  })
})

describe('a user', () => {
  it('has subscriptions of their own only, and finds no others', async () => {
    const { service } = await setUp()
    const { id } = await must(service.createResourceSubscription(post, ada))
    expect(await errorOf(service.createResourceSubscription(post, bob))).toMatch(/^forbidden/)
    expect(await errorOf(service.list({ userId: 'ada' }, bob))).toMatch(/^forbidden/)
    const refused = [
      service.find(id, bob),
      service.updateStatus(id, 'paused', bob),
      service.addLabel(id, 'mine', bob),
      service.delete(id, bob),
      service.find('unknown', bob),
    ]
    for (const result of refused)
      expect(await errorOf(result)).toBe('not_found: no such subscription')
    expect((await must(service.find(id, ada))).status).toBe('active')
  })

  it('stores none while nobody knows who it is', async () => {
    const { service } = await setUp()
    const anonymous = testPrincipal('ada', { isAnonymous: true })
    expect(await errorOf(service.createResourceSubscription(post, anonymous))).toMatch(/^forbidden/)
  })

  it.each<[string, string]>([
    ['news', 'none'],
    ['user:ada', 'none'],
    ['orders:eu:1', 'none'],
    ['orders:eu:*', 'none'],
    ['tenant:acme:#', 'forbidden'],
    ['tenant:other:#', 'forbidden'],
    ['orders:us:1', 'forbidden'],
    ['orders:#', 'forbidden'],
    ['audit:1', 'forbidden'],
    ['user:bob', 'forbidden'],
    ['room:board', 'forbidden'],
    ['unheard-of', 'unknown_channel'],
  ])('subscribes to the topic %s: %s', async (topic, code) => {
    const { service } = await setUp()
    const grants = [{ channels: 'orders:eu:#', actions: ['subscribe' as const] }]
    const principal = testPrincipal('ada', { grants, tenant: 'acme' })
    const error = await errorOf(
      service.createTopicSubscription({ userId: 'ada', topic }, principal),
    )
    expect(error.split(':')[0]).toBe(code)
  })

  it('gets no pattern of a tenant that is not theirs, whatever is granted', async () => {
    const { service } = await setUp()
    const grants = [{ channels: '#', actions: ['*' as const] }]
    const principal = testPrincipal('ada', { grants, tenant: 'acme' })
    const create = (topic: string) =>
      errorOf(service.createTopicSubscription({ userId: 'ada', topic }, principal))
    expect(await create('tenant:acme:#')).toBe('none')
    expect(await create('tenant:other:#')).toMatch(/^forbidden/)
  })

  it.each<[string, string | undefined, string]>([
    ['post', 'post-789', 'none'],
    ['post', 'an id with spaces', 'none'],
    ['room', '1', 'none'],
    ['orders', 'eu', 'forbidden'],
    ['audit', '1', 'forbidden'],
    ['room', 'board', 'forbidden'],
    ['user', 'bob', 'forbidden'],
    ['user', 'ada', 'none'],
    ['tenant', 'other:doc', 'forbidden'],
    ['tenant:other', 'doc', 'forbidden'],
    ['tenant:acme', 'doc', 'none'],
    ['post', undefined, 'none'],
    ['room', undefined, 'none'],
    ['orders', undefined, 'forbidden'],
    ['audit', undefined, 'forbidden'],
    ['tenant:other', undefined, 'forbidden'],
  ])('subscribes to resource %s %s: %s', async (resourceType, resourceId, code) => {
    const { service } = await setUp()
    const principal = testPrincipal('ada', { tenant: 'acme' })
    const request = { userId: 'ada', resourceType }
    const error = await errorOf(
      resourceId === undefined
        ? service.createResourceTypeSubscription(request, principal)
        : service.createResourceSubscription({ ...request, resourceId }, principal),
    )
    expect(error.split(':')[0]).toBe(code)
  })

  it('has at most so many, expired ones not counted', async () => {
    const { service, clock } = await setUp({ limits: { subscriptionsPerUser: 2 } })
    const create = (more = {}) => service.createResourceSubscription({ ...post, ...more })
    await must(create({ expiresAtMs: clock.now() + 1_000 }))
    const { id } = await must(create())
    expect(await errorOf(create())).toMatch(/^limit_exceeded/)
    expect(await errorOf(create({ userId: 'bob' }))).toBe('none')
    await clock.advance(1_000)
    await must(create())
    expect(await errorOf(create())).toMatch(/^limit_exceeded/)
    await must(service.delete(id))
    await must(create())
  })
})

it('makes one subscription of one key, for each caller', async () => {
  const { service } = await setUp()
  const request = { ...post, labels: ['a'], idempotencyKey: 'k1' }
  const first = await must(service.createResourceSubscription(request))
  const second = await must(service.createResourceSubscription(request))
  expect(second.id).toBe(first.id)
  const other = await errorOf(service.createResourceSubscription({ ...request, labels: ['b'] }))
  expect(other).toMatch(/^conflict/)
  const byUser = await must(service.createResourceSubscription(request, ada))
  expect(byUser.id).not.toBe(first.id)
})

it('answers a repeated request as the first, though a bound is reached by then', async () => {
  const { service, clock } = await setUp({
    limits: { patternsPerUser: 1, filterBytesPerUser: 40 },
    channels: { 'room:*': { subscribe: 'public' } },
  })
  const eve = testPrincipal('ada', { grants: [{ channels: '#', actions: ['*'] }] })
  const pattern = { userId: 'ada', topic: 'room:*', idempotencyKey: 'pattern' }
  const filter = {
    userId: 'ada',
    topic: 'room:1',
    payloadFilter: { kind: 'a text of so many letters' },
    idempotencyKey: 'filter',
  }
  const brief = { userId: 'ada', topic: 'room:2', idempotencyKey: 'brief' }
  for (const request of [pattern, filter, { ...brief, expiresAtMs: clock.now() + 5_000 }]) {
    const first = await must(service.createTopicSubscription(request, eve))
    await clock.advance(2_000)
    const again = await must(service.createTopicSubscription(request, eve))
    expect(again.id).toBe(first.id)
    const other = service.createTopicSubscription({ ...request, idempotencyKey: 'other' }, eve)
    expect(await errorOf(other)).toMatch(/^(limit_exceeded|invalid_payload)/)
  }
})

it('lists what is a user’s, newest first, in pages', async () => {
  const { service, clock } = await setUp()
  const ids: string[] = []
  for (const label of ['a', 'b', 'c']) {
    await clock.advance(1)
    ids.unshift((await must(service.createResourceSubscription({ ...post, labels: [label] }))).id)
  }
  await must(service.createTopicSubscription({ userId: 'bob', topic: 'news' }))
  const list = async (query: object) => {
    const { items, nextCursor } = await must(service.list({ userId: 'ada', ...query }))
    return { ids: items.map(({ id }) => id as string), nextCursor }
  }
  expect(await list({})).toEqual({ ids, nextCursor: undefined })
  const first = await list({ pageSize: 2 })
  expect(first.ids).toEqual(ids.slice(0, 2))
  expect(await list({ pageSize: 2, cursor: first.nextCursor })).toMatchObject({ ids: ids.slice(2) })
  expect(await list({ pageSize: 2, page: 2 })).toMatchObject({ ids: ids.slice(2) })
  expect(await list({ label: 'b' })).toMatchObject({ ids: [ids[1]] })
  expect(await list({ type: 'topic' })).toMatchObject({ ids: [] })
  await must(service.updateStatus(ids[0] as string, 'paused'))
  expect(await list({ status: 'paused' })).toMatchObject({ ids: [ids[0]] })
  for (const wrong of [{ page: 0 }, { pageSize: 0 }, { page: 1, cursor: ids[0] as string }]) {
    expect(await errorOf(service.list({ userId: 'ada', ...wrong }))).toMatch(/^invalid_payload/)
  }
})

it('changes status and labels, and says when', async () => {
  const { service, clock } = await setUp()
  const { id } = await must(service.createResourceSubscription(post, ada))
  await clock.advance(1_000)
  const paused = await must(service.updateStatus(id, 'paused', ada))
  expect(paused.status).toBe('paused')
  expect(paused.stored.updatedAtMs).toBe(clock.now())
  await must(service.addLabel(id, 'important', ada))
  expect((await must(service.addLabel(id, 'important', ada))).labels).toEqual(['important'])
  expect(await errorOf(service.updateStatus(id, 'asleep' as never))).toContain('status: expected')
  expect(await errorOf(service.addLabel(id, ''))).toContain('labels: expected')
})

it('does not bring back what has expired', async () => {
  const { service, clock } = await setUp()
  const timed = await must(
    service.createResourceSubscription({ ...post, expiresAtMs: clock.now() + 1_000 }),
  )
  const ended = await must(service.createResourceSubscription(post))
  await must(service.updateStatus(ended.id, 'expired'))
  await clock.advance(1_000)
  for (const { id } of [timed, ended]) {
    expect(await errorOf(service.updateStatus(id, 'active'))).toMatch(/^conflict/)
    expect(await errorOf(service.updateStatus(id, 'paused'))).toMatch(/^conflict/)
  }
})

it('does not resume what a user has no right to any more', async () => {
  const { service } = await setUp()
  const grants = [{ channels: 'orders:#', actions: ['*' as const] }]
  const granted = testPrincipal('ada', { grants })
  const request = { userId: 'ada', topic: 'orders:1' }
  const { id } = await must(service.createTopicSubscription(request, granted))
  await must(service.updateStatus(id, 'paused', ada))
  expect(await errorOf(service.updateStatus(id, 'active', ada))).toMatch(/^forbidden/)
  await must(service.updateStatus(id, 'active', granted))
})

it('marks those past their time expired, with one timer for the next', async () => {
  const { service, clock, store } = await setUp()
  await clock.settle()
  const timers = clock.pendingTimers
  const made: Subscription[] = []
  for (const afterMs of [300_000, 1_000, 200_000]) {
    const expiresAtMs = clock.now() + afterMs
    made.push(await must(service.createResourceSubscription({ ...post, expiresAtMs })))
  }
  expect(clock.pendingTimers).toBe(timers + 1)
  const statuses = () =>
    Promise.all(made.map(async ({ id }) => (await store.subscriptions.find(id))?.status))
  await clock.advance(1_000)
  expect(await statuses()).toEqual(['active', 'expired', 'active'])
  await clock.advance(199_000)
  expect(await statuses()).toEqual(['active', 'expired', 'expired'])
  await clock.advance(100_000)
  expect(await statuses()).toEqual(['expired', 'expired', 'expired'])
})

it('ends what another node stored, should that one be gone', async () => {
  const { hubs, clock, store } = await setUp({ nodes: 2 })
  const [first, second] = hubs as [(typeof hubs)[0], (typeof hubs)[0]]
  const expiresAtMs = clock.now() + 100_000
  const request = { ...post, expiresAtMs }
  const { id } = await must(second.subscriptions.createResourceSubscription(request))
  const closed = second.close()
  await clock.advance(50_000)
  await closed
  expect((await must(first.subscriptions.find(id))).status).toBe('active')
  await clock.advance(50_000)
  expect((await store.subscriptions.find(id))?.status).toBe('expired')
})

it('says that the store is unavailable, and tries again to end what is due', async () => {
  const { service, clock, store } = await setUp()
  const lost = new RealtimeError('unavailable', 'no store')
  const expiresAtMs = clock.now() + 1_000
  const { id } = await must(service.createResourceSubscription({ ...post, expiresAtMs }))
  vi.spyOn(store.subscriptions, 'find').mockRejectedValueOnce(lost)
  expect(await errorOf(service.find(id))).toBe('unavailable: no store')
  vi.spyOn(store.subscriptions, 'expireDue').mockRejectedValueOnce(lost)
  await clock.advance(1_000)
  expect((await store.subscriptions.find(id))?.status).toBe('active')
  await clock.advance(5_000)
  expect((await store.subscriptions.find(id))?.status).toBe('expired')
})

it.each<[object, string]>([
  [{ resourceType: '' }, 'resource_type: expected'],
  [{ resourceId: '' }, 'resource_id: expected'],
  [{ action: '' }, 'action: expected'],
  [{ messageId: '' }, 'message_id: expected'],
  [{ payload: [1] }, 'payload: expected an object'],
  [{ payload: { text: 'x'.repeat(65_536) } }, 'too_large: payload'],
])('does not route %j', async (wrong, message) => {
  const { service } = await setUp()
  const event = { resourceType: 'post', resourceId: '1', action: 'update', ...wrong }
  expect(await errorOf(service.emit(event))).toContain(message)
})

it('keeps each of several changes that are made at once', async () => {
  const { service } = await setUp()
  const { id } = await must(service.createResourceSubscription(post, ada))
  const labels = ['a', 'b', 'c', 'd']
  await Promise.all([
    ...labels.map((label) => must(service.addLabel(id, label, ada))),
    must(service.updateStatus(id, 'paused', ada)),
  ])
  const stored = await must(service.find(id, ada))
  expect(stored.labels.toSorted()).toEqual(labels)
  expect(stored.status).toBe('paused')
})

it('does not bring back what is ended at the same time', async () => {
  const { service } = await setUp()
  const { id } = await must(service.createResourceSubscription(post, ada))
  await must(service.updateStatus(id, 'paused', ada))
  await Promise.all([service.updateStatus(id, 'expired'), service.updateStatus(id, 'active', ada)])
  expect((await must(service.find(id, ada))).status).toBe('expired')
})

it('treats a page size above 100 as 100', async () => {
  const { service } = await setUp({ limits: { subscriptionsPerUser: 200 } })
  for (let index = 0; index < 101; index += 1) {
    await must(service.createResourceSubscription({ ...post, labels: [String(index)] }))
  }
  const page = await must(service.list({ userId: 'ada', pageSize: 5_000 }))
  expect([page.items.length, page.nextCursor]).toEqual([100, page.items.at(-1)?.id])
})
