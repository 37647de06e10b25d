import { expect, it } from 'vitest'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const asServer = { as: SERVER_KEY }

it('lets a user subscribe for themselves, in every way', async () => {
  const { call } = await startRestHub()
  const create = (path: string, body: object) =>
    call('POST', `subscriptions/${path}`, { as: 'ada', body })
  const own = { user_id: 'ada', status: 'active', labels: [], metadata: {}, expires_at: null }
  const resource = await create('resource', { resource_type: 'post', resource_id: 'p1' })
  expect(resource).toMatchObject({ status: 201, body: { ...own, type: 'resource' } })
  const type = await create('resource-type', { resource_type: 'post' })
  expect(type).toMatchObject({
    status: 201,
    body: { ...own, type: 'resource_type', resource_id: null },
  })
  const topic = await create('topic', { topic: 'room:1' })
  expect(topic).toMatchObject({ status: 201, body: { ...own, type: 'topic', topic: 'room:1' } })
  const query = { 'payload.stars': { $gte: 3 } }
  const filtered = await create('query', { query, resource_type: 'post' })
  expect(filtered).toMatchObject({ status: 201, body: { ...own, type: 'query', query } })
  const listed = await call('GET', 'subscriptions', { as: 'ada' })
  expect(listed.body).toEqual([filtered, topic, type, resource].map(({ body }) => body))
  const topics = await call('GET', 'subscriptions?type=topic', { as: 'ada' })
  expect(topics.body).toEqual([topic.body])
  expect((await call('GET', 'subscriptions', { as: 'bob' })).body).toEqual([])
})

it('labels, pauses and pages subscriptions', async () => {
  const { call } = await startRestHub()
  const ids: string[] = []
  for (const id of ['p1', 'p2', 'p3']) {
    const body = { resource_type: 'post', resource_id: id }
    ids.unshift((await call('POST', 'subscriptions/resource', { as: 'ada', body })).body.id)
  }
  const label = { as: 'ada', body: { label: 'important' } }
  expect((await call('POST', `subscriptions/${ids[1]}/labels`, label)).body).toMatchObject({
    labels: ['important'],
  })
  const labelled = await call('GET', 'subscriptions?label=important', { as: 'ada' })
  expect(labelled.body).toMatchObject([{ id: ids[1] }])
  const paused = { as: 'ada', body: { status: 'paused' } }
  expect((await call('PATCH', `subscriptions/${ids[0]}/status`, paused)).status).toBe(200)
  const active = await call('GET', 'subscriptions?status=active', { as: 'ada' })
  expect(active.body).toMatchObject([{ id: ids[1] }, { id: ids[2] }])

  const first = await call('GET', 'subscriptions?page_size=2', { as: 'ada' })
  expect(first.body).toMatchObject([{ id: ids[0] }, { id: ids[1] }])
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1]
  const second = await call('GET', `subscriptions${next}`, { as: 'ada' })
  expect(second.body).toMatchObject([{ id: ids[2] }])
  expect(second.headers.get('link')).toBeNull()
})

it('makes a subscription once for one key', async () => {
  const { call } = await startRestHub()
  const create = (resourceId: string) =>
    call('POST', 'subscriptions/resource', {
      as: 'ada',
      headers: { 'idempotency-key': 'key-1' },
      body: { resource_type: 'post', resource_id: resourceId },
    })
  const first = await create('p1')
  expect(await create('p1')).toMatchObject({ status: 201, body: { id: first.body.id } })
  expect(await create('p2')).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } })
})

it('leads what happens to a resource to who subscribed', async () => {
  const { call } = await startRestHub()
  const metadata = { notification_channel: 'in-app' }
  const subscription = { user_id: 'ada', resource_type: 'post', resource_id: 'p1', metadata }
  await call('POST', 'subscriptions/resource', { ...asServer, body: subscription })
  const emit = (body: object) =>
    call('POST', 'resource-events', {
      ...asServer,
      body: { resource_type: 'post', resource_id: 'p1', action: 'update', ...body },
    })
  expect(await emit({ message_id: 'm1' })).toMatchObject({
    status: 200,
    body: { id: 'm1', duplicate: false, matched: 1, notified: 1 },
  })
  expect((await emit({ message_id: 'm1' })).body).toMatchObject({ id: 'm1', duplicate: true })
  expect((await emit({ resource_id: 'p2' })).body).toMatchObject({ matched: 0, notified: 0 })
  expect((await call('GET', 'notifications/unread-count/ada', asServer)).body).toBe(1)
})

it('refuses what a user may not hear', async () => {
  const { call } = await startRestHub({
    channels: { 'staff:*': { subscribe: 'granted' }, 'room:*': {} },
  })
  const body = { topic: 'staff:1' }
  const refused = await call('POST', 'subscriptions/topic', { as: 'ada', body })
  expect(refused).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } })
  const vouched = { ...asServer, body: { ...body, user_id: 'ada' } }
  expect((await call('POST', 'subscriptions/topic', vouched)).status).toBe(201)
})
