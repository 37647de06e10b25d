import { FakeClock } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { RawStream } from '../sse/raw-stream.ts'
import { bearer } from '../sse/streaming-hub.ts'
import { openRestHub, type RestHub, SERVER_KEY, startRestHub } from './rest-hub.ts'

const CREATED_AT = '2025-04-16T10:30:00.000Z'
const asServer = { as: SERVER_KEY }

const notification = {
  title: 'New message',
  message: 'You have a new message from Jane',
  recipients: ['user-456', 'user-789'],
  type: 'message',
  priority: 'normal',
  sender_id: 'user-123',
  resource_type: 'message',
  resource_id: 'message-789',
  actions: [
    { label: 'View', action: 'view', data: { id: 'message-789' } },
    { label: 'Reply', action: 'reply', data: { id: 'message-789' } },
  ],
  metadata: { thread_id: 'thread-123' },
}
const shownNotification = {
  ...notification,
  id: expect.any(String),
  status: 'pending',
  created_at: CREATED_AT,
  delivered_at: null,
  expires_at: '2025-05-16T10:30:00.000Z',
  read_by: [],
}

const resourceSubscription = {
  user_id: 'user-456',
  resource_id: 'post-789',
  resource_type: 'post',
  labels: ['important', 'post-updates'],
  metadata: { notification_channel: 'email' },
  expires_at: '2025-05-16T10:30:00Z',
}
const topicSubscription = {
  user_id: 'user-456',
  topic: 'new-posts',
  labels: ['news', 'updates'],
  metadata: { notification_channel: 'in-app' },
  expires_at: '2025-05-16T10:30:00Z',
  payload_filter: { category: 'tech' },
}
const shownSubscription = {
  id: expect.any(String),
  user_id: 'user-456',
  status: 'active',
  created_at: CREATED_AT,
  updated_at: CREATED_AT,
  expires_at: '2025-05-16T10:30:00.000Z',
  query: null,
}
const shownResource = {
  ...shownSubscription,
  type: 'resource',
  resource_id: 'post-789',
  resource_type: 'post',
  topic: null,
  labels: ['important', 'post-updates'],
  metadata: { notification_channel: 'email' },
}
const shownTopic = {
  ...shownSubscription,
  type: 'topic',
  resource_id: null,
  resource_type: null,
  topic: 'new-posts',
  labels: ['news', 'updates'],
  metadata: { notification_channel: 'in-app' },
  payload_filter: { category: 'tech' },
}

/** A hub at the time of the examples. */
async function startThen(): Promise<RestHub & { clock: FakeClock }> {
  const clock = new FakeClock(Date.parse(CREATED_AT))
  const rest = await openRestHub({ clock })
  // Leaving takes time, which only passes here when it is moved.
  onTestFinished(() => Promise.all([rest.hub.close(), clock.advance(60_000)]).then(() => {}))
  return { clock, ...rest }
}

async function createNotification({ call }: RestHub): Promise<string> {
  const body = { ...notification, expires_at: '2025-05-16T10:30:00Z' }
  const created = await call('POST', 'notifications', { ...asServer, body })
  expect(created).toMatchObject({ status: 201 })
  expect(created.body).toEqual(shownNotification)
  return created.body.id
}

it('creates, lists, gets, counts and marks a notification', async () => {
  const rest = await startThen()
  const { call } = rest
  const id = await createNotification(rest)
  const list = 'notifications?user_id=user-456&status=pending&page=1&page_size=20'
  const listed = await call('GET', list, asServer)
  expect(listed).toMatchObject({ status: 200, body: [{ ...shownNotification, id }] })
  expect(await call('GET', `notifications/${id}`, asServer)).toMatchObject({
    status: 200,
    body: { ...shownNotification, id },
  })
  expect(await call('GET', 'notifications/unread-count/user-456', asServer)).toMatchObject({
    status: 200,
    body: 1,
  })
  const marked = await call('POST', `notifications/${id}/mark-read?user_id=user-456`, asServer)
  expect(marked).toMatchObject({
    status: 200,
    body: {
      ...shownNotification,
      id,
      status: 'delivered',
      delivered_at: CREATED_AT,
      read_by: ['user-456'],
    },
  })
  expect((await call('GET', 'notifications/unread-count/user-456', asServer)).body).toBe(0)
})

it('creates, lists, gets, pauses and deletes subscriptions', async () => {
  const { call, clock } = await startThen()
  const body = resourceSubscription
  const resource = await call('POST', 'subscriptions/resource', { ...asServer, body })
  expect(resource.status).toBe(201)
  expect(resource.body).toEqual(shownResource)
  const topic = await call('POST', 'subscriptions/topic', { ...asServer, body: topicSubscription })
  expect(topic.status).toBe(201)
  expect(topic.body).toEqual(shownTopic)

  const list = 'subscriptions?user_id=user-456&status=active&page=1&page_size=20'
  const listed = await call('GET', list, asServer)
  expect(listed).toMatchObject({ status: 200, body: [shownTopic, shownResource] })
  const path = `subscriptions/${resource.body.id}`
  expect(await call('GET', path, asServer)).toMatchObject({ status: 200, body: shownResource })

  clock.jumpWallClock(60_000)
  const paused = { ...asServer, body: { status: 'paused' } }
  expect(await call('PATCH', `${path}/status`, paused)).toMatchObject({
    status: 200,
    body: { ...shownResource, status: 'paused', updated_at: '2025-04-16T10:31:00.000Z' },
  })
  expect(await call('DELETE', path, asServer)).toMatchObject({ status: 204, body: '' })
  expect(await call('GET', path, asServer)).toMatchObject({ status: 404 })
})

it('takes the examples as they are, though by now they are past their time', async () => {
  const { call } = await startRestHub()
  const expires = { expires_at: '2025-05-16T10:30:00Z' }
  for (const [path, body] of [
    ['notifications', { ...notification, ...expires }],
    ['subscriptions/resource', resourceSubscription],
    ['subscriptions/topic', topicSubscription],
  ] as const) {
    const created = await call('POST', path, { ...asServer, body })
    expect(created).toMatchObject({
      status: 201,
      body: { status: 'expired', expires_at: '2025-05-16T10:30:00.000Z' },
    })
  }
})

it('creates an event and broadcasts another, to streams that get them', async () => {
  const { hub, call } = await startRestHub()
  const url = `${await hub.listen({ port: 0 })}/api/realtime`
  const open = () => RawStream.open(`${url}/events`, bearer('user-456'))
  const streams = [await open(), await open(), await open()]
  const ids = await Promise.all(
    streams.map(
      async (stream) => JSON.parse((await stream.next('connection')).data).connection_id as string,
    ),
  )
  const event = {
    event: 'update',
    data: '{"resource_id":"post-789","action":"update"}',
    priority: 'normal',
  }
  const body = { ...event, retry: 3000, comment: 'Resource update event' }
  const created = await call('POST', 'events', { ...asServer, body })
  expect(created).toMatchObject({ status: 201, body: { id: expect.any(String), ...body } })
  for (const stream of streams) {
    expect(await stream.next('update')).toMatchObject({ data: event.data, id: created.body.id })
  }
  const [first, second, third] = ids
  const to = { recipients: [first, second], exclude: [third] }
  const reached = await call('POST', 'events/broadcast', { ...asServer, body: { ...event, ...to } })
  expect(reached).toMatchObject({ status: 200, body: 2 })
  const without = { recipients: [first, second], exclude: [second] }
  const fewer = { ...asServer, body: { ...event, ...without } }
  expect((await call('POST', 'events/broadcast', fewer)).body).toBe(1)
  const anybody = { ...asServer, body: { ...event, exclude: [third] } }
  expect((await call('POST', 'events/broadcast', anybody)).body).toBe(2)
})
