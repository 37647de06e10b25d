import { type NotificationPayload, type Result, refuse } from '@coterie/protocol'
import { createTestHub, type TestUser, testPrincipal } from '@coterie/testing'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import { createSqliteStore } from '../../stores/sqlite/sqlite-store.ts'

const inApp = { metadata: { notification_channel: 'in-app' } }

async function setUp(nodes = 1) {
  const store = createSqliteStore({ path: ':memory:' })
  const mails: string[] = []
  const mailer: NotificationSender = {
    route: 'email',
    send: async ({ target }) => {
      mails.push(target)
    },
    targetProblem: () => undefined,
  }
  const world = await createTestHub({
    users: ['ada', 'bob'],
    nodes,
    store,
    senders: [mailer],
    channels: {
      news: {},
      'room:*': { history: true },
      'orders:#': { subscribe: 'granted' },
      'audit:*': { subscribe: 'server' },
      desk: {
        subscribe: ({ principal }) => (principal.profile as { role: string }).role === 'editor',
      },
    },
  })
  onTestFinished(async () => {
    const closed = world.hubs.map((hub) => hub.close())
    await world.clock.advance(60_000)
    await Promise.all(closed)
  })
  const { clock, hub } = world
  const must = async <T>(result: Promise<Result<T>>): Promise<T> => {
    const awaited = await result
    await clock.advance(5)
    if (!awaited.ok) throw awaited.error
    return awaited.value
  }
  return {
    ...world,
    store,
    mails,
    must,
    service: hub.subscriptions,
    toTopic: (userId: string, topic: string, more: object = inApp) =>
      must(hub.subscriptions.createTopicSubscription({ userId, topic, ...more })),
    unread: (userId: string) => must(hub.notifications.unreadCount(userId)),
  }
}

const notified = (user: TestUser): NotificationPayload[] =>
  user.frames.flatMap((frame) => (frame.type === 'notification' ? [frame.payload] : []))

it('notifies of what is published where a subscription asks for it', async () => {
  const { ada, bob, toTopic } = await setUp()
  const { id } = await toTopic('ada', 'news')
  const again = await toTopic('ada', '#')
  await toTopic('bob', 'news', {})
  await bob.subscribe('news')
  await bob.publish('news', 'posted', { message: 'Ada Lovelace wrote' }, { message_id: 'm1' })
  await ada.sees('notification')
  expect(notified(ada)).toMatchObject([
    {
      title: 'news: posted',
      message: 'Ada Lovelace wrote',
      type: 'update',
      sender_id: 'bob',
      resource_type: null,
      metadata: {
        channel: 'news',
        event: 'posted',
        event_id: 'm1',
        subscription_ids: [id, again.id],
      },
    },
  ])
  expect(notified(bob)).toEqual([])
})

it('notifies of resources, and chooses the routes that are asked for', async () => {
  const { ada, must, service, unread, hub, mails } = await setUp()
  for (const name of ['ada', 'bob']) {
    await must(hub.notifications.setPreferences(name, { email: `${name}@example.com` }))
  }
  const request = { userId: 'ada', resourceType: 'post', resourceId: 'post-789' }
  await must(service.createResourceSubscription({ ...request, ...inApp }))
  const metadata = { notification_channel: 'email' }
  await must(service.createResourceSubscription({ ...request, metadata }))
  await must(service.createResourceTypeSubscription({ ...request, userId: 'bob', metadata }))
  const emitted = await must(
    service.emit({ resourceType: 'post', resourceId: 'post-789', action: 'update' }),
  )
  expect(emitted).toMatchObject({ matched: 3, notified: 2 })
  expect(notified(ada)).toMatchObject([
    {
      title: 'post post-789: update',
      message: 'update in post post-789',
      resource_type: 'post',
      resource_id: 'post-789',
      metadata: { subscription_ids: [expect.any(String), expect.any(String)] },
    },
  ])
  expect(await unread('ada')).toBe(1)
  expect(await unread('bob')).toBe(0)
  expect(mails.sort()).toEqual(['ada@example.com', 'bob@example.com'])
})

it('notifies once of an event that is published again, by anybody who published it', async () => {
  const { ada, bob, hub, must, toTopic, unread, service } = await setUp()
  await toTopic('ada', 'news')
  await bob.subscribe('news')
  for (const payload of [1, 1, 2]) {
    await bob.publish('news', 'posted', payload, { message_id: 'm1' })
    await must(hub.publish('news', 'posted', payload, { messageId: 'm1' }))
  }
  // One by bob and one by the server.
  expect(await unread('ada')).toBe(2)
  expect(notified(ada)).toHaveLength(2)
  const request = { userId: 'ada', resourceType: 'post', ...inApp }
  await must(service.createResourceTypeSubscription(request))
  const event = { resourceType: 'post', resourceId: '1', action: 'update', messageId: 'm1' }
  await must(service.emit(event))
  await must(service.emit({ ...event, payload: { other: true } }))
  expect(await unread('ada')).toBe(3)
})

it('does not notify the author of an own event, unless the subscription asks for it', async () => {
  const { ada, bob, toTopic, unread } = await setUp()
  await toTopic('ada', 'news')
  await toTopic('bob', 'news')
  await ada.subscribe('news')
  await ada.publish('news', 'posted', 1)
  expect([await unread('ada'), await unread('bob')]).toEqual([0, 1])
  expect(ada.payloads('news'), 'live events come as before').toEqual([1])
  await toTopic('ada', 'news', { metadata: { ...inApp.metadata, notify_own: true } })
  await ada.publish('news', 'posted', 2)
  expect([await unread('ada'), await unread('bob')]).toEqual([1, 2])
  await bob.subscribe('news')
  await bob.publish('news', 'posted', 3)
  expect([await unread('ada'), await unread('bob')]).toEqual([2, 2])
})

it('does not notify whom the application names as the author, or excludes', async () => {
  const { ada, hub, must, toTopic, unread, service } = await setUp()
  for (const userId of ['ada', 'bob']) {
    await toTopic(userId, 'news')
    await must(service.createResourceTypeSubscription({ userId, resourceType: 'post', ...inApp }))
  }
  const event = { resourceType: 'post', resourceId: '1', action: 'update' }
  expect(await must(service.emit({ ...event, senderId: 'bob' }))).toMatchObject({ notified: 1 })
  expect(notified(ada)).toMatchObject([{ sender_id: 'bob' }])
  expect(await must(service.emit({ ...event, exclude: ['ada'] }))).toMatchObject({ notified: 1 })
  expect([await unread('ada'), await unread('bob')]).toEqual([1, 1])
  await must(hub.publish('news', 'posted', 1, { exclude: ['ada', 'bob'] }))
  await must(hub.publish('news', 'posted', 1, { exclude: ['ada'] }))
  expect([await unread('ada'), await unread('bob')]).toEqual([1, 2])
})

it('refuses an author or a list to exclude that names no users', async () => {
  const { hub, service } = await setUp()
  const event = { resourceType: 'post', resourceId: '1', action: 'update' }
  const about = (message: RegExp) => ({ error: { message: expect.stringMatching(message) } })
  expect(await service.emit({ ...event, senderId: '' })).toMatchObject(about(/^sender_id: /))
  expect(await service.emit({ ...event, exclude: [''] })).toMatchObject(about(/^exclude\.0: /))
  const exclude = 'ada' as never
  expect(await hub.publish('news', 'posted', 1, { exclude })).toMatchObject(about(/^exclude: /))
})

it('has stored the notification when a publisher is answered', async () => {
  const { bob, toTopic, store, clock } = await setUp()
  await toTopic('ada', 'news')
  await bob.subscribe('news')
  const { create } = store.notifications
  let release: (() => void) | undefined
  vi.spyOn(store.notifications, 'create').mockImplementation(async (notification) => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return create.call(store.notifications, notification)
  })
  const published = bob.publish('news', 'posted', 1)
  let isAnswered = false
  void published.then(() => {
    isAnswered = true
  })
  await clock.advance(1_000)
  expect(isAnswered).toBe(false)
  release?.()
  await published
})

it('refuses a publish whose notification cannot be stored, and makes it on the next try', async () => {
  const { ada, bob, toTopic, store, unread } = await setUp()
  await toTopic('ada', 'news')
  await bob.subscribe('news')
  vi.spyOn(store.notifications, 'create').mockResolvedValueOnce(refuse('unavailable', 'no store'))
  const publish = () => bob.publish('news', 'posted', 1, { message_id: 'm1' })
  await expect(publish()).rejects.toMatchObject({ code: 'unavailable' })
  expect(await unread('ada')).toBe(0)
  expect(await publish()).toMatchObject({ duplicate: true })
  expect(await unread('ada')).toBe(1)
  expect(ada.payloads('news')).toEqual([1])
})

it('does not notify of volatile events, nor of what a filter leaves out', async () => {
  const { bob, toTopic, unread } = await setUp()
  await toTopic('ada', 'news', { ...inApp, payloadFilter: { category: 'tech' } })
  await bob.subscribe('news')
  await bob.publish('news', 'moved', { category: 'tech' }, { volatile: true })
  await bob.publish('news', 'posted', { category: 'art' })
  expect(await unread('ada')).toBe(0)
  await bob.publish('news', 'posted', { category: 'tech' })
  expect(await unread('ada')).toBe(1)
})

it('notifies of a publish on any node', async () => {
  const { hubs, must, toTopic, unread } = await setUp(2)
  await toTopic('ada', 'news')
  for (const [index, hub] of hubs.entries()) await must(hub.publish('news', 'posted', index))
  expect(await unread('ada')).toBe(2)
})

it('notifies users of what they had a right to when they subscribed, and rules still allow', async () => {
  const { hub, must, service, unread } = await setUp()
  const grants = [
    { channels: 'orders:eu:*', actions: ['subscribe' as const] },
    { channels: '#', actions: ['subscribe' as const] },
  ]
  const carl = testPrincipal('carl', { grants })
  const subscribe = (topic: string) =>
    must(service.createTopicSubscription({ userId: 'carl', topic, ...inApp }, carl))
  await subscribe('orders:eu:*')
  await must(hub.publish('orders:eu:1', 'placed', 1))
  expect(await unread('carl')).toBe(1)
  await subscribe('#')
  await subscribe('tenant:*:news')
  await must(hub.publish('audit:1', 'noted', 1))
  await must(hub.publish('orders:us:1', 'placed', 1))
  // The grant of `#` covers the last one alone: for the server only, and never the grant's.
  expect(await unread('carl')).toBe(2)
  await must(
    service.createResourceTypeSubscription(
      { ...inApp, userId: 'carl', resourceType: 'post' },
      carl,
    ),
  )
  const event = { resourceType: 'post', resourceId: '1', action: 'update' }
  expect(await must(service.emit(event))).toMatchObject({ matched: 1, notified: 0 })
})

it('does not fail a publish because a rule fails for somebody interested', async () => {
  const { hub, must, service, unread, connect } = await setUp()
  const profile = { role: 'editor' }
  const carl = testPrincipal('carl', { profile })
  await must(service.createTopicSubscription({ userId: 'carl', topic: 'desk', ...inApp }, carl))
  const [editor, unknown] = [await connect('carl', 0, carl), await connect('carl')]
  await must(hub.publish('desk', 'posted', 1))
  expect(editor.payloads('desk')).toEqual([1])
  expect(unknown.payloads('desk')).toEqual([])
  // Only a token has a profile, and nobody who is notified shows one.
  expect(await unread('carl')).toBe(0)
})

it('notifies of what is published before the hub has started', async () => {
  const { store, toTopic, hub, clock, unread } = await setUp()
  await toTopic('ada', 'news')
  const early = new (hub.constructor as new (options: object) => typeof hub)({
    clock,
    channels: { news: {} },
    store: {
      subscriptions: store.subscriptions,
      notifications: store.notifications,
      deliveries: store.deliveries,
      preferences: store.preferences,
      start: async () => {},
      forgetKeys: async () => {},
      health: async () => {},
      close: async () => {},
    },
  })
  const published = await early.publish('news', 'posted', 1)
  expect(published.ok).toBe(true)
  expect(await unread('ada')).toBe(1)
  const closed = early.close()
  await clock.advance(60_000)
  await closed
})
