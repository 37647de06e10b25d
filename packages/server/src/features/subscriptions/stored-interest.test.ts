import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventFrame, JsonValue, Result } from '@coterie/protocol'
import { createTestHub, type TestHubOptions, type TestUser, testPrincipal } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import type { SubscriptionStatus } from '../../ports/subscription-repository.ts'
import { createSqliteStore } from '../../stores/sqlite/sqlite-store.ts'
import type { ResourceEvent, SubscriptionService } from './subscription-service.ts'

const ada = testPrincipal('ada')
const update: ResourceEvent = { resourceType: 'post', resourceId: 'post-789', action: 'update' }

async function setUp<Name extends string>(options: TestHubOptions<Name>) {
  const world = await createTestHub({
    channels: { 'room:*': { history: true }, news: {}, 'orders:#': { subscribe: 'granted' } },
    ...options,
  })
  const end = async (): Promise<void> => {
    const closed = world.hubs.map((hub) => hub.close())
    await world.clock.advance(60_000)
    await Promise.all(closed)
  }
  onTestFinished(end)
  const { clock, hub } = world
  const service = hub.subscriptions
  const must = async <T>(result: Promise<Result<T>>): Promise<T> => {
    const awaited = await result
    // What was sent arrives.
    await clock.advance(5)
    if (!awaited.ok) throw awaited.error
    return awaited.value
  }
  return {
    ...world,
    end,
    service,
    must,
    toTopic: (topic: string, more: object = {}) =>
      must(service.createTopicSubscription({ userId: 'ada', topic, ...more })),
    toPost: (more: object = {}) =>
      must(
        service.createResourceSubscription({
          userId: 'ada',
          resourceType: 'post',
          resourceId: 'post-789',
          ...more,
        }),
      ),
    emit: (more: Partial<ResourceEvent> = {}) => must(service.emit({ ...update, ...more })),
    publish: (channel: string, payload: JsonValue, options?: object) =>
      must(hub.publish(channel, 'said', payload, options)),
  }
}

const events = (user: TestUser): EventFrame[] =>
  user.frames.filter((frame) => frame.type === 'event')
const payloads = (user: TestUser): JsonValue[] => events(user).map(({ payload }) => payload)

it('brings what happens to a resource to every device of its subscribers, once', async () => {
  const {
    ada: phone,
    bob,
    connect,
    emit,
    toPost,
    service,
    must,
    clock,
  } = await setUp({
    users: ['ada', 'bob'],
  })
  const laptop = await connect('ada')
  const { id } = await toPost()
  const other = await must(
    service.createResourceTypeSubscription({ userId: 'ada', resourceType: 'post' }),
  )
  const startMs = clock.now()
  const emitted = await emit({ payload: { by: 'Jane' }, messageId: 'm1' })
  expect(emitted).toEqual({ id: 'm1', duplicate: false, matched: 2, notified: 0 })
  for (const device of [phone, laptop]) {
    expect(events(device)).toEqual([
      {
        type: 'event',
        channel: 'post:post-789',
        event: 'update',
        payload: { by: 'Jane' },
        from: null,
        id: 'm1',
        timestamp: new Date(startMs).toISOString(),
        subscriptions: [id, other.id],
      },
    ])
  }
  expect(events(bob)).toEqual([])
})

it('routes the same message id of a resource once, and that of another resource too', async () => {
  const { ada: user, emit, toPost, service, must } = await setUp({ users: ['ada'] })
  await toPost()
  await must(service.createResourceTypeSubscription({ userId: 'ada', resourceType: 'page' }))
  await emit({ messageId: '1' })
  expect(await emit({ messageId: '1' })).toMatchObject({ id: '1', duplicate: true })
  expect(await emit({ messageId: '1', resourceType: 'page' })).toMatchObject({ duplicate: false })
  expect(events(user).map(({ channel }) => channel)).toEqual(['post:post-789', 'page:post-789'])
})

it('tells resources apart by their type, whatever their ids hold', async () => {
  const { ada: user, emit, toPost } = await setUp({ users: ['ada'] })
  await toPost({ resourceId: 'a "quoted" id' })
  await emit({ resourceType: 'page' })
  await emit({ resourceId: 'a "quoted" id' })
  expect(events(user)).toMatchObject([{ channel: 'post:a "quoted" id', payload: null }])
})

it('brings what is published to a topic, by clients and by the server', async () => {
  const { ada: user, bob, publish, toTopic } = await setUp({ users: ['ada', 'bob'] })
  const { id } = await toTopic('news')
  await bob.subscribe('news')
  await bob.publish('news', 'said', 'by bob', { message_id: 'm1' })
  await publish('news', 'by the server')
  expect(events(user)).toMatchObject([
    { channel: 'news', payload: 'by bob', from: { user_id: 'bob' }, id: 'm1', subscriptions: [id] },
    { channel: 'news', payload: 'by the server', from: null, subscriptions: [id] },
  ])
})

it('brings an event once to who also joined and listens to a pattern', async () => {
  const grants = [{ channels: 'room:*', actions: ['*' as const] }]
  const { connect, publish, toTopic } = await setUp({})
  await toTopic('room:1')
  await toTopic('room:*')
  await toTopic('#')
  const both = await connect('ada', 0, testPrincipal('ada', { grants }))
  const byPattern = await connect('ada', 0, testPrincipal('ada', { grants }))
  const neither = await connect('ada')
  await both.subscribe('room:*')
  await both.subscribe('room:1')
  await byPattern.subscribe('room:*')
  await publish('room:1', 'hello')
  for (const user of [both, byPattern, neither]) expect(payloads(user)).toEqual(['hello'])
  expect(events(both)[0]).not.toHaveProperty('subscriptions')
  expect(events(byPattern)[0]).toMatchObject({ pattern: 'room:*' })
  expect(events(neither)[0]?.subscriptions).toHaveLength(3)
  expect(events(neither)[0]).toHaveProperty('position')
})

it('leaves out the connection that an event is not for', async () => {
  const { ada: user, connect, publish, toTopic } = await setUp({ users: ['ada'] })
  const other = await connect('ada')
  await toTopic('news')
  const frame = await user.sees('connection')
  await publish('news', 1, { excludeConnection: frame.connection_id })
  expect(payloads(user)).toEqual([])
  expect(payloads(other)).toEqual([1])
})

it('applies payload filters and queries', async () => {
  const {
    ada: user,
    emit,
    publish,
    toTopic,
    toPost,
    service,
    must,
  } = await setUp({
    users: ['ada'],
  })
  await toTopic('news', { payloadFilter: { category: 'tech' } })
  await publish('news', { category: 'tech', n: 1 })
  await publish('news', { category: 'art', n: 2 })
  await publish('news', 'tech')
  expect(payloads(user)).toEqual([{ category: 'tech', n: 1 }])
  await toPost({ payloadFilter: { n: { $gt: 5 } } })
  const query = { action: { $in: ['delete', 'archive'] }, 'payload.n': 1 }
  await must(service.createQuerySubscription({ userId: 'ada', query, resourceType: 'post' }))
  await emit({ payload: { n: 6 } })
  await emit({ payload: { n: 5 } })
  await emit({ action: 'delete', payload: { n: 1 } })
  await emit({ action: 'delete', payload: { n: 1 }, resourceType: 'page' })
  expect(payloads(user).slice(1)).toEqual([{ n: 6 }, { n: 1 }])
})

it.each<SubscriptionStatus>(['paused', 'inactive', 'expired'])(
  'brings nothing from the moment that a subscription is %s',
  async (status) => {
    const {
      ada: user,
      emit,
      publish,
      toTopic,
      toPost,
      service,
      must,
    } = await setUp({
      users: ['ada'],
    })
    for (const { id } of [await toTopic('news'), await toPost()]) {
      await must(service.updateStatus(id, status))
    }
    await publish('news', 1)
    expect(await emit()).toMatchObject({ matched: 0 })
    expect(events(user)).toEqual([])
  },
)

it('brings events again to who resumes, and none to who deletes', async () => {
  const { ada: user, publish, toTopic, service, must } = await setUp({ users: ['ada'] })
  const { id } = await toTopic('news')
  await must(service.updateStatus(id, 'paused'))
  await publish('news', 1)
  await must(service.updateStatus(id, 'active'))
  await publish('news', 2)
  await must(service.delete(id))
  await publish('news', 3)
  expect(payloads(user)).toEqual([2])
})

it('brings nothing to who is past its time, swept or not', async () => {
  const { ada: user, clock, publish, toTopic, service, must } = await setUp({ users: ['ada'] })
  const { id } = await toTopic('news', { expiresAtMs: clock.now() + 5_000 })
  await publish('news', 1)
  clock.jumpWallClock(5_000)
  await publish('news', 2)
  expect(payloads(user)).toEqual([1])
  expect((await must(service.find(id))).status).toBe('expired')
})

it('routes on every node, whichever stored and whichever published', async () => {
  const { hubs, connect, clock, must } = await setUp({ nodes: 2 })
  const [here, there] = hubs.map((hub) => hub.subscriptions) as [
    SubscriptionService,
    SubscriptionService,
  ]
  const users = [await connect('ada', 0), await connect('ada', 1)]
  const stored = await must(there.createTopicSubscription({ userId: 'ada', topic: 'news' }))
  await must(here.createResourceTypeSubscription({ userId: 'ada', resourceType: 'post' }))
  await must(hubs[0]?.publish('news', 'said', 1) as Promise<Result<unknown>>)
  await must(there.emit({ ...update, payload: { n: 2 } }))
  for (const user of users) expect(payloads(user)).toEqual([1, { n: 2 }])
  await must(here.delete(stored.id))
  await must(hubs[1]?.publish('news', 'said', 3) as Promise<Result<unknown>>)
  await clock.settle()
  for (const user of users) expect(payloads(user)).toHaveLength(2)
})

it('knows what was stored before it started', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-subscriptions-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'store.sqlite')
  const before = await setUp({ store: createSqliteStore({ path }) })
  await before.toTopic('news')
  const paused = await before.toTopic('room:1')
  await before.must(before.service.updateStatus(paused.id, 'paused'))
  await before.end()
  const after = await setUp({ users: ['ada'], store: createSqliteStore({ path }) })
  await after.publish('news', 1)
  await after.publish('room:1', 2)
  expect(payloads(after.ada)).toEqual([1])
})

it('checks for each event whether a user may still hear of it', async () => {
  const { connect, publish, must, service } = await setUp({})
  const grants = [{ channels: 'orders:eu:#', actions: ['subscribe' as const] }]
  const granted = testPrincipal('ada', { grants })
  const topic = 'orders:eu:#'
  await must(service.createTopicSubscription({ userId: 'ada', topic }, granted))
  const withGrant = await connect('ada', 0, granted)
  const without = await connect('ada')
  await publish('orders:eu:1', 1)
  expect(payloads(withGrant)).toEqual([1])
  expect(payloads(without)).toEqual([])
  // The application vouches for who it subscribes.
  await must(service.createTopicSubscription({ userId: 'ada', topic: 'orders:eu:1' }))
  await publish('orders:eu:1', 2)
  expect(payloads(without)).toEqual([2])
  expect(events(without)[0]?.subscriptions).toHaveLength(1)
  expect(events(withGrant)[1]?.subscriptions).toHaveLength(2)
})

it('keeps what happens to undeclared resources from who only said to be interested', async () => {
  const { ada: user, emit, service, must } = await setUp({ users: ['ada'] })
  const request = { userId: 'ada', resourceType: 'post', resourceId: 'post-789' }
  await must(service.createResourceSubscription(request, ada))
  await must(service.createQuerySubscription({ userId: 'ada', query: {} }, ada))
  expect(await emit()).toMatchObject({ matched: 2 })
  expect(events(user)).toEqual([])
  await emit({ resourceType: 'room', resourceId: '1' })
  await emit({ resourceType: 'orders', resourceId: '1' })
  await emit({ resourceType: 'user', resourceId: 'bob' })
  await emit({ resourceType: 'user', resourceId: 'ada' })
  expect(events(user).map(({ channel }) => channel)).toEqual(['room:1', 'user:ada'])
})

it('brings what happens to undeclared resources where everything is allowed', async () => {
  const { ada: user, emit, service, must } = await setUp({ users: ['ada'], undeclared: 'allow' })
  const request = { userId: 'ada', resourceType: 'post', resourceId: 'post-789' }
  await must(service.createResourceSubscription(request, ada))
  await emit()
  expect(events(user)).toHaveLength(1)
})

it('says nothing of what nodes tell one another, or of signals', async () => {
  const { ada: user, hub, emit, toTopic, toPost, clock } = await setUp({ users: ['ada'] })
  await toTopic('#')
  await toPost({ resourceId: 'other' })
  await emit()
  await hub.ephemeral.publishTyping('1', 'bob')
  await clock.settle()
  expect(events(user)).toEqual([])
})
