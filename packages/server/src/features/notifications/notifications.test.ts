import {
  type InboxFrame,
  type NotificationFrame,
  RealtimeError,
  type UserId,
} from '@coterie/protocol'
import {
  createTestHub,
  FakeClock,
  shareStore,
  type TestHubOptions,
  TestUser,
  testPrincipal,
} from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { RealtimeHub } from '../../hub.ts'
import { createSqliteStore } from '../../stores/sqlite/sqlite-store.ts'
import type { NotificationRequest } from './notification-request.ts'

const HOUR_MS = 3_600_000
const request = (more: Partial<NotificationRequest> = {}): NotificationRequest => ({
  title: 'New message',
  message: 'You have a new message from Jane',
  recipients: ['ada'],
  ...more,
})

async function setUp<Name extends string>(
  users: readonly Name[],
  options: Pick<TestHubOptions<Name>, 'nodes' | 'notifications'> = {},
) {
  const clock = new FakeClock()
  const store = createSqliteStore({ path: ':memory:' })
  const world = await createTestHub({ users, clock, store, ...options })
  onTestFinished(async () => {
    const closed = world.hubs.map((hub) => hub.close())
    await clock.advance(60_000)
    await Promise.all(closed)
  })
  const { hub } = world
  /** Lets what was begun come to its end, over the network and in the store. */
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 10; n += 1) await clock.advance(10)
  }
  const create = async (more: Partial<NotificationRequest> = {}) => {
    const created = await hub.notifications.create(request(more))
    if (!created.ok) throw created.error
    await settle()
    return created.value
  }
  return { ...world, store, create, settle }
}

const framesOf = <Type extends 'notification' | 'inbox'>(user: TestUser, type: Type) =>
  user.frames.filter((frame) => frame.type === type) as (Type extends 'inbox'
    ? InboxFrame
    : NotificationFrame)[]
const titles = (user: TestUser): string[] =>
  framesOf(user, 'notification').map(({ payload }) => payload.title)
const countOf = (user: TestUser): number | undefined => framesOf(user, 'inbox').at(-1)?.unread_count

it('pushes to every connection of each recipient, and says how many are unread', async () => {
  const { ada, bob, cleo, connect, create } = await setUp(['ada', 'bob', 'cleo'])
  const tab = await connect('ada')
  const { id } = await create({ recipients: ['ada', 'bob', 'ada'], type: 'message' })
  for (const user of [ada, tab, bob]) {
    expect(framesOf(user, 'notification')).toEqual([
      {
        type: 'notification',
        payload: {
          id,
          title: 'New message',
          message: 'You have a new message from Jane',
          type: 'message',
          priority: 'normal',
          sender_id: null,
          created_at: expect.any(String),
          expires_at: null,
          actions: [],
          resource_type: null,
          resource_id: null,
          metadata: {},
        },
      },
    ])
    expect(framesOf(user, 'inbox')).toEqual([{ type: 'inbox', unread_count: 1 }])
  }
  expect(cleo.frames.map(({ type }) => type)).toEqual(['connection'])
})

it('pushes what waited on connecting, oldest first, until it was acknowledged', async () => {
  const { connect, create, hub, settle } = await setUp([])
  for (const title of ['1', '2', '3']) await create({ title })
  const ada = await connect('ada')
  await settle()
  expect(titles(ada)).toEqual(['1', '2', '3'])
  expect(countOf(ada)).toBe(3)
  const ids = framesOf(ada, 'notification').map(({ payload }) => payload.id)
  expect(await ada.request({ type: 'ack', notifications: ids.slice(0, 2) })).toEqual({})
  expect(await hub.notifications.find(ids[0] as string)).toMatchObject({
    value: { status: 'delivered' },
  })
  ada.cut()
  await settle()
  await ada.connect()
  await settle()
  expect(titles(ada)).toEqual(['3'])
  expect(countOf(ada)).toBe(3)
})

it('is delivered to nobody by an acknowledgement of somebody else', async () => {
  const { bob, create, hub } = await setUp(['bob'])
  const { id } = await create()
  await bob.request({ type: 'ack', notifications: [id, 'unknown'] })
  expect(await hub.notifications.find(id)).toMatchObject({ value: { status: 'pending' } })
})

it('clears the other devices of whom has read', async () => {
  const { ada, connect, create, hub, settle } = await setUp(['ada'])
  const phone = await connect('ada')
  const { id } = await create({ recipients: ['ada', 'bob'] })
  const read = await hub.notifications.markRead(id, 'ada')
  await settle()
  expect(read).toMatchObject({ ok: true, value: { status: 'delivered' } })
  for (const device of [ada, phone]) {
    expect(framesOf(device, 'inbox').at(-1)).toEqual({
      type: 'inbox',
      unread_count: 0,
      read: [id],
    })
  }
  await hub.notifications.markRead(id, 'ada')
  await settle()
  expect(framesOf(ada, 'inbox')).toHaveLength(2)
  expect(await hub.notifications.markRead(id, 'eve')).toMatchObject({
    ok: false,
    error: { code: 'not_found', message: 'Notification not found' },
  })
  await hub.notifications.markRead(id, 'bob')
  expect(await hub.notifications.find(id)).toMatchObject({ value: { status: 'read' } })
})

it('marks all as read on all devices', async () => {
  const { ada, create, hub, settle } = await setUp(['ada'])
  const made = [await create(), await create()].map(({ id }) => id)
  expect(await hub.notifications.markAllRead('ada')).toEqual({ ok: true, value: 2 })
  await settle()
  const told = framesOf(ada, 'inbox').at(-1)
  expect(told).toMatchObject({ unread_count: 0, all_read: true })
  expect(told?.read?.toSorted()).toEqual(made.toSorted())
  expect(await hub.notifications.markAllRead('ada')).toEqual({ ok: true, value: 0 })
})

it('leaves unread what came after what the user has seen, on all devices', async () => {
  const { ada, create, hub, settle } = await setUp(['ada'])
  const { notifications } = hub
  const first = await create({ title: 'seen' })
  const seen = await create({ title: 'seen' })
  await create({ title: 'came meanwhile' })
  expect(await notifications.markAllRead('ada', { upTo: seen.id })).toEqual({ ok: true, value: 2 })
  await settle()
  expect(framesOf(ada, 'inbox').at(-1)).toEqual({
    type: 'inbox',
    unread_count: 1,
    read: [seen.id, first.id],
    read_up_to: seen.id,
  })
  const { createdAtMs } = seen.content
  for (const upTo of [createdAtMs, new Date(createdAtMs), new Date(createdAtMs).toISOString()]) {
    expect(await notifications.markAllRead('ada', { upTo })).toEqual({ ok: true, value: 0 })
  }
  const foreign = await create({ recipients: ['bob'] })
  for (const upTo of [foreign.id, 'unknown']) {
    const refused = await notifications.markAllRead('ada', { upTo })
    expect(refused).toMatchObject({ error: { code: 'not_found' } })
  }
  for (const upTo of ['', Number.NaN, new Date('never'), '2026-13-01T00:00:00Z']) {
    const refused = await notifications.markAllRead('ada', { upTo })
    expect(refused).toMatchObject({ error: { code: 'invalid_payload' } })
  }
})

it('names all of thousands that were read, in frames that stay small', async () => {
  const { ada, hub, settle } = await setUp(['ada'])
  let last = ''
  for (let n = 0; n < 2_100; n += 1) {
    const made = await hub.notifications.create(request())
    last = made.ok ? made.value.id : last
  }
  await settle()
  const before = framesOf(ada, 'inbox').length
  expect(await hub.notifications.markAllRead('ada', { upTo: last })).toMatchObject({ value: 2_100 })
  await settle()
  const told = framesOf(ada, 'inbox').slice(before)
  const named = told.flatMap(({ read = [] }) => read)
  expect(new Set(named).size).toBe(2_100)
  for (const { read = [] } of told) expect(read.length).toBeLessThanOrEqual(1_000)
})

it('takes back what expired: from the count, the devices and those who come later', async () => {
  const { ada, clock, connect, create, hub, settle } = await setUp(['ada'])
  const { id } = await create({ expiresAtMs: clock.now() + HOUR_MS })
  await clock.advance(HOUR_MS / 2)
  expect(countOf(ada)).toBe(1)
  await clock.advance(HOUR_MS / 2)
  expect(framesOf(ada, 'inbox').at(-1)).toEqual({
    type: 'inbox',
    unread_count: 0,
    removed: [id],
  })
  expect(await hub.notifications.find(id)).toMatchObject({ value: { status: 'expired' } })
  const late = await connect('ada')
  await settle()
  expect(titles(late)).toEqual([])
})

it('pushes and counts nothing that is past its time already', async () => {
  const { ada, create, hub } = await setUp(['ada'])
  const { id, status } = await create({ expiresAtMs: 1 })
  expect(status).toBe('expired')
  expect(await hub.notifications.find(id)).toMatchObject({ value: { status: 'expired' } })
  expect(ada.frames.map(({ type }) => type)).toEqual(['connection'])
  expect(await hub.notifications.unreadCount('ada')).toEqual({ ok: true, value: 0 })
})

it('takes back what was canceled from all who have not read it', async () => {
  const { ada, bob, create, hub, settle } = await setUp(['ada', 'bob'])
  const { id } = await create({ recipients: ['ada', 'bob'] })
  await hub.notifications.markRead(id, 'ada')
  await settle()
  const before = framesOf(ada, 'inbox').length
  expect(await hub.notifications.cancel(id)).toMatchObject({ ok: true })
  await settle()
  expect(framesOf(bob, 'inbox').at(-1)).toEqual({ type: 'inbox', unread_count: 0, removed: [id] })
  expect(framesOf(ada, 'inbox')).toHaveLength(before)
  expect(await hub.notifications.cancel('unknown')).toMatchObject({ error: { code: 'not_found' } })
})

it('makes one notification of the same idempotency key, and refuses it for another', async () => {
  const { ada, create, hub } = await setUp(['ada'])
  const first = await create({ idempotencyKey: 'k' })
  const again = await create({ idempotencyKey: 'k' })
  expect(again.id).toBe(first.id)
  expect(titles(ada)).toEqual(['New message'])
  expect(
    await hub.notifications.create(request({ idempotencyKey: 'k', title: 'other' })),
  ).toMatchObject({ ok: false, error: { code: 'conflict' } })
})

it('knows a repeated request by what it says, in whatever order its keys come', async () => {
  const { create, hub } = await setUp(['ada'])
  const actionOf = (data: object) => [{ label: 'View', action: 'view', data: data as never }]
  const first = await create({
    idempotencyKey: 'k',
    metadata: { a: 1, b: { c: 2, d: [{ e: 3, f: 4 }] } },
    actions: actionOf({ id: '7', at: 'top' }),
  })
  const again = await create({
    idempotencyKey: 'k',
    metadata: { b: { d: [{ f: 4, e: 3 }], c: 2 }, a: 1 },
    actions: actionOf({ at: 'top', id: '7' }),
  })
  expect(again.id).toBe(first.id)
  const other = request({
    idempotencyKey: 'k',
    metadata: { a: 1, b: { c: 2, d: [{ e: 4, f: 3 }] } },
    actions: actionOf({ id: '7', at: 'top' }),
  })
  expect(await hub.notifications.create(other)).toMatchObject({ error: { code: 'conflict' } })
})

it('reaches the second device too when the first has acknowledged before it came', async () => {
  const { clock, connect, create, settle } = await setUp([])
  const { id } = await create()
  const laptop = await connect('ada')
  await settle()
  await laptop.request({ type: 'ack', notifications: [id] })
  const phone = await connect('ada')
  await settle()
  expect(titles(phone)).toEqual(['New message'])
  await clock.advance(60_000)
  const late = await connect('ada')
  await settle()
  expect(titles(late)).toEqual([])
  expect(countOf(late)).toBe(1)
})

// A server that a hub is attached to takes connections from its first moment.
it('pushes what waited to one who connects before the store is open', async () => {
  const { clock, network, create, settle, store } = await setUp([])
  await create()
  const opening = Promise.withResolvers<void>()
  let isOpen = false
  const hub = new RealtimeHub({
    clock,
    store: {
      ...shareStore(store),
      start: () => opening.promise,
      notifications: new Proxy(store.notifications, {
        get(target, name) {
          if (!isOpen) throw new RealtimeError('unavailable', 'the store is not open')
          const method = Reflect.get(target, name) as () => unknown
          return method.bind(target)
        },
      }),
    },
  })
  const ada = await new TestUser(clock, network, hub, testPrincipal('ada')).connect()
  await settle()
  isOpen = true
  opening.resolve()
  await settle()
  expect(titles(ada)).toEqual(['New message'])
  expect(countOf(ada)).toBe(1)
  const closed = hub.close()
  await clock.advance(60_000)
  await closed
})

it('pushes all that waited, in order, as the client says that it has arrived', async () => {
  const { connect, hub, settle } = await setUp([])
  const all = Array.from({ length: 2_250 }, (_, index) => String(index + 1))
  for (const title of all) await hub.notifications.create(request({ title }))
  const ada = await connect('ada')
  await settle()
  expect(titles(ada)).toEqual(all.slice(0, 1_000))
  expect(framesOf(ada, 'inbox').at(-1)).toEqual({
    type: 'inbox',
    unread_count: 2_250,
    more_waiting: true,
  })
  const acknowledge = async (from: number, to: number) => {
    const pushed = framesOf(ada, 'notification').slice(from, to)
    const ids = pushed.map(({ payload }) => payload.id)
    await ada.request({ type: 'ack', notifications: ids })
    await settle()
  }
  await acknowledge(0, 499)
  expect(titles(ada)).toHaveLength(1_000)
  await acknowledge(499, 500)
  expect(titles(ada)).toEqual(all.slice(0, 1_500))
  await acknowledge(500, 1_500)
  await acknowledge(1_500, 2_250)
  expect(titles(ada)).toEqual(all)
  expect(framesOf(ada, 'inbox').at(-1)).toEqual({ type: 'inbox', unread_count: 2_250 })
})

it('pushes at once what comes while a client acknowledges nothing, and once', async () => {
  const { connect, create, hub, settle } = await setUp([])
  for (let n = 1; n <= 1_050; n += 1) await hub.notifications.create(request({ title: `old ${n}` }))
  const ada = await connect('ada')
  await settle()
  await create({ title: 'new' })
  expect(titles(ada)).toHaveLength(1_001)
  expect(titles(ada).at(-1)).toBe('new')
  const ids = framesOf(ada, 'notification').map(({ payload }) => payload.id)
  await ada.request({ type: 'ack', notifications: ids.slice(0, 1_000) })
  await settle()
  expect(titles(ada).slice(1_001)).toEqual(Array.from({ length: 50 }, (_, n) => `old ${n + 1_001}`))
})

it('brings a second device all that the first has acknowledged meanwhile', async () => {
  const { connect, hub, settle } = await setUp([])
  for (let n = 1; n <= 450; n += 1) await hub.notifications.create(request({ title: String(n) }))
  const laptop = await connect('ada')
  await settle()
  const ids = framesOf(laptop, 'notification').map(({ payload }) => payload.id)
  await laptop.request({ type: 'ack', notifications: ids })
  const phone = await connect('ada')
  await settle()
  expect(new Set(titles(phone)).size).toBe(450)
})

it('does not push on connecting what the user has muted since', async () => {
  const { connect, create, hub, settle } = await setUp([])
  await create({ title: 'muted', type: 'comment' })
  await create({ title: 'alarm', type: 'security' })
  await hub.notifications.setPreferences('ada', { mutedTypes: ['comment', 'security'] })
  const ada = await connect('ada')
  await settle()
  expect(titles(ada)).toEqual(['alarm'])
  expect(countOf(ada)).toBe(2)
})

it('pushes each once, in order, to one who connects while they are made', async () => {
  const { clock, connect, hub } = await setUp([])
  const created: Promise<unknown>[] = []
  const make = (n: number): void => {
    created.push(hub.notifications.create(request({ title: String(n) })))
  }
  for (let n = 1; n <= 20; n += 1) make(n)
  const connecting = connect('ada')
  for (let n = 21; n <= 40; n += 1) make(n)
  const ada = await connecting
  for (let n = 41; n <= 60; n += 1) make(n)
  await Promise.all(created)
  await clock.advance(100)
  expect(titles(ada)).toEqual(Array.from({ length: 60 }, (_, index) => String(index + 1)))
})

it('does not disturb in quiet hours, but counts, and lets go when they end', async () => {
  const { ada, clock, create, hub } = await setUp(['ada'])
  const set = await hub.notifications.setPreferences('ada', {
    quietHours: { start: '00:00', end: '02:00', timeZone: 'UTC' },
  })
  expect(set).toMatchObject({ ok: true })
  await create({ title: 'later' })
  await create({ title: 'at once', priority: 'urgent' })
  expect(titles(ada)).toEqual(['at once'])
  expect(countOf(ada)).toBe(2)
  await clock.advance(HOUR_MS)
  expect(titles(ada)).toEqual(['at once'])
  await clock.advance(HOUR_MS)
  expect(titles(ada)).toEqual(['at once', 'later'])
})

it('does not tell of a type that the recipient has muted', async () => {
  const { ada, create, hub } = await setUp(['ada'])
  await hub.notifications.setPreferences('ada', { mutedTypes: ['comment'] })
  await create({ type: 'comment' })
  expect(titles(ada)).toEqual([])
  expect(await hub.notifications.unreadCount('ada')).toEqual({ ok: true, value: 0 })
})

it('pushes on every node', async () => {
  const { ada, bob, hubs, settle } = await setUp(['ada', 'bob'], { nodes: 2 })
  await hubs[0]?.notifications.create(request({ recipients: ['ada', 'bob'] }))
  await settle()
  for (const user of [ada, bob]) expect(titles(user)).toEqual(['New message'])
})

it('tells of what a node stored and died before it could tell', async () => {
  const { ada, clock, store } = await setUp(['ada'])
  await store.notifications.create({
    id: 'stored' as never,
    title: 'stored',
    message: '',
    type: 'system',
    priority: 'normal',
    senderId: null,
    resourceType: null,
    resourceId: null,
    actions: [],
    metadata: {},
    channels: null,
    createdAtMs: clock.now(),
    expiresAtMs: null,
    recipients: [{ userId: 'ada' as UserId, isInApp: true, heldUntilMs: null, deliveries: [] }],
  })
  await clock.advance(120_000)
  expect(titles(ada)).toEqual(['stored'])
  expect(countOf(ada)).toBe(1)
})

it('forgets what is older than the retention, and says so', async () => {
  const { ada, clock, create, hub } = await setUp(['ada'], {
    notifications: { retentionMs: HOUR_MS },
  })
  const { id } = await create()
  await clock.advance(2 * HOUR_MS)
  expect(framesOf(ada, 'inbox').some(({ removed }) => removed?.includes(id))).toBe(true)
  expect(await hub.notifications.find(id)).toMatchObject({ error: { code: 'not_found' } })
})

it('keeps as many in an inbox as it may hold, and tells devices what is gone', async () => {
  const { ada, clock, create, hub } = await setUp(['ada'], { notifications: { maxPerUser: 2 } })
  const first = await create()
  const second = await create()
  await hub.notifications.markRead(second.id, 'ada')
  await create()
  await clock.settle()
  await create()
  await clock.advance(10)
  const removed = framesOf(ada, 'inbox').flatMap((frame) => frame.removed ?? [])
  expect(removed).toEqual([second.id, first.id])
  expect(countOf(ada)).toBe(2)
  const list = await hub.notifications.list({ userId: 'ada' })
  expect(list).toMatchObject({ value: { items: { length: 2 } } })
})

it('keeps any number in an inbox where it may hold 0', async () => {
  const { create, hub } = await setUp([], { notifications: { maxPerUser: 0 } })
  for (let n = 0; n < 5; n += 1) await create()
  expect(await hub.notifications.unreadCount('ada')).toMatchObject({ value: 5 })
})

it('pages by cursor through all, newest first, each once', async () => {
  const { create, hub } = await setUp([])
  for (let n = 1; n <= 25; n += 1) await create({ title: String(n) })
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await hub.notifications.list({ userId: 'ada', pageSize: 10, cursor })
    if (!page.ok) throw page.error
    seen.push(...page.value.items.map(({ content }) => content.title))
    cursor = page.value.nextCursor
    if (seen.length === 10) await create({ title: 'meanwhile' })
  } while (cursor !== undefined)
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => String(25 - index)))
  expect(await hub.notifications.list({ userId: 'ada', page: 3, pageSize: 10 })).toMatchObject({
    value: { items: { length: 6 }, nextCursor: undefined },
  })
})

it.each<[Partial<NotificationRequest>, RegExp]>([
  [{ title: '' }, /^title: expected 1–200/],
  [{ title: 'a\0b' }, /^title/],
  [{ message: 'a\0b' }, /^message: holds the character U\+0000/],
  [{ title: '\ud83d' }, /^title: holds half of a character/],
  [{ message: 'x\udc00' }, /^message: holds half of a character/],
  [{ recipients: ['ada', '\ud83d'] }, /^recipients\.1: holds half of a character/],
  [{ senderId: '\ud83d' }, /^sender_id: holds half of a character/],
  [{ actions: [{ label: '\ud83d', action: 'x' }] }, /^actions\.0\.label: holds half/],
  [{ idempotencyKey: '\ud83d' }, /^Idempotency-Key: holds half of a character/],
  [{ message: 'x'.repeat(4_001) }, /^message/],
  [{ recipients: [''] }, /^recipients\.0/],
  [{ recipients: Array.from({ length: 10_001 }, (_, n) => `u${n}`) }, /^recipients: .*10000/],
  [{ type: 'nonsense' as 'system' }, /^type: expected one of system, message/],
  [{ priority: 'top' as 'high' }, /^priority/],
  [{ channels: [] }, /^channels/],
  [{ expiresAtMs: Number.NaN }, /^expires_at: expected a time/],
  [{ expiresAtMs: 1e300 }, /^expires_at/],
  [{ actions: [{ label: '', action: 'x' }] }, /^actions\.0\.label/],
  [{ metadata: JSON.parse('{"a":{"__proto__":1}}') }, /^metadata: __proto__/],
  [{ metadata: { a: 'x'.repeat(20_000) } }, /^metadata: expected at most/],
  [{ idempotencyKey: '' }, /^Idempotency-Key/],
])('refuses what is wrong, and names it (%#)', async (more, message) => {
  const { hub } = await setUp([])
  expect(await hub.notifications.create(request(more))).toMatchObject({
    ok: false,
    error: { code: 'invalid_payload', message: expect.stringMatching(message) },
  })
})

it('is nobody to notify where there are no recipients', async () => {
  const { hub } = await setUp([])
  expect(await hub.notifications.create(request({ recipients: [] }))).toMatchObject({
    ok: true,
    value: { recipients: [] },
  })
})

it('treats a page size above the greatest as the greatest', async () => {
  const { create, hub } = await setUp([])
  const recipients = Array.from({ length: 1_001 }, (_, index) => `user-${index}`)
  const { id } = await create({ recipients })
  const page = await hub.notifications.recipients(id, { pageSize: 5_000 })
  expect(page).toMatchObject({ ok: true, value: { items: { length: 1_000 }, nextCursor: '1000' } })
})

it('refuses a list that is asked for by page and by cursor', async () => {
  const { hub } = await setUp([])
  const both = await hub.notifications.list({ userId: 'ada', page: 2, cursor: '7' })
  expect(both).toMatchObject({ error: { code: 'invalid_payload', details: { field: 'cursor' } } })
})
