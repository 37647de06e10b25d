import { describe, expect, expectTypeOf, it } from 'vitest'
import { createRoomsWorld, presenceChange, presenceEntry } from '../scripted/scripted-rooms.ts'
import { eventAt } from '../scripted/scripted-world.ts'
import { usePresence } from './use-presence.ts'

const user = { id: 'me', name: 'Ada', color: '#4caf50' }

function showing(userId: string, data: unknown, more: object = {}) {
  return presenceEntry(userId, { data: { user: { name: userId }, data }, ...more })
}

it('appears as its user with its data, and shows the others', async () => {
  const { client, join } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user, initialData: { tool: 'pen' } })
  expect(presence.isConnected()).toBe(false)
  expect(presence.count()).toBe(1)
  const { subscribe } = await join({
    presence: [showing('ada', { tool: 'pen' }), showing('bob', { tool: 'brush' })],
  })
  expect(subscribe).toMatchObject({
    channel: 'room:1',
    presence: {
      status: 'online',
      data: { user: { name: 'Ada', color: '#4caf50' }, data: { tool: 'pen' } },
    },
  })
  expect(presence.isConnected()).toBe(true)
  expect(presence.count()).toBe(2)
  expect(presence.others()).toEqual([
    {
      user: { id: 'bob', name: 'bob' },
      data: { tool: 'brush' },
      lastSeen: Date.UTC(2026, 0, 1, 0, 0, 1),
    },
  ])
  expectTypeOf(presence.others()[0]?.data.tool).toEqualTypeOf<string | undefined>()
})

it('follows who comes, changes and goes, and keeps the object of who did not change', async () => {
  const { client, join } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user })
  const { socket } = await join()
  const [bob] = presence.others()
  const heard: string[][] = []
  presence.others.subscribe((others) => heard.push(others.map((other) => other.user.id)))
  socket.deliver(presenceChange({ joins: [presenceEntry('eve')] }))
  expect(presence.others()[0]).toBe(bob)
  expect(presence.count()).toBe(3)
  socket.deliver(presenceChange({ updates: [showing('bob', { x: 1 })] }))
  expect(presence.others()[0]?.data).toEqual({ x: 1 })
  socket.deliver(presenceChange({ leaves: [{ user_id: 'bob', connection_id: 'c-bob' }] }))
  expect(heard).toEqual([['bob', 'eve'], ['bob', 'eve'], ['eve']])
})

it('sends changes at most once in the interval, the last one always', async () => {
  const { client, clock, join } = createRoomsWorld()
  const presence = usePresence({
    client,
    room: '1',
    user,
    initialData: { x: 0, y: 0 },
    syncInterval: 500,
  })
  const { socket } = await join()
  const sent: [number, unknown][] = []
  const start = clock.elapsed()
  for (let x = 1; x <= 12; x += 1) {
    presence.updatePresence({ x })
    expect(presence.myPresence()).toEqual({ x, y: 0 })
    await clock.advance(100)
    if (!socket.has('presence')) continue
    const frame = socket.take('presence')
    socket.reply(frame)
    sent.push([clock.elapsed() - start, (frame.data as { data: unknown }).data])
  }
  await clock.advance(10_000)
  sent.push([0, (socket.take('presence').data as { data: unknown }).data])
  expect(sent).toEqual([
    [100, { x: 1, y: 0 }],
    [500, { x: 5, y: 0 }],
    [1_000, { x: 10, y: 0 }],
    [0, { x: 12, y: 0 }],
  ])
})

it('sends nothing when nothing changed', async () => {
  const { client, clock, join } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user, initialData: { tool: 'pen' } })
  const { socket } = await join()
  presence.updatePresence({ tool: 'pen' })
  await clock.advance(5_000)
  expect(socket.has('presence')).toBe(false)
  presence.updatePresence({ tool: 'brush' })
  socket.reply(socket.take('presence'))
  presence.updatePresence({ tool: 'eraser' })
  presence.updatePresence({ tool: 'brush' })
  await clock.advance(5_000)
  expect(socket.has('presence')).toBe(false)
})

it('appears after a cut with what changed meanwhile, and shows the others all the time', async () => {
  const { client, join, newest, reconnected } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user, initialData: { tool: 'pen' } })
  await join()
  newest().end()
  expect(presence.isConnected()).toBe(false)
  expect(presence.count()).toBe(2)
  presence.updatePresence({ tool: 'brush' })
  const socket = await reconnected()
  expect(socket.take('subscribe')).toMatchObject({
    presence: { data: { data: { tool: 'brush' } } },
  })
})

it('shows what it was told, not what became of the object afterwards', async () => {
  const { client, join } = createRoomsWorld()
  const data = { points: [1] }
  const presence = usePresence({ client, room: '1', user, initialData: data })
  data.points.push(2)
  const { subscribe } = await join()
  expect(presence.myPresence()).toEqual({ points: [1] })
  expect(subscribe.presence).toMatchObject({ data: { data: { points: [1] } } })
  expect(() => presence.updatePresence({ points: [1n] as never })).toThrow(/JSON can carry/)
})

it('takes who a user is from the server, whatever the user claims', async () => {
  const { client, join } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user })
  const claim = { id: 'admin', user_id: 'admin', name: 'The admin' }
  const { subscribe } = await join({
    presence: [presenceEntry('mallory', { data: { user: claim, data: { id: 'x' } } })],
  })
  expect(presence.others()[0]?.user.id).toBe('mallory')
  expect(subscribe.presence).not.toHaveProperty('data.user.id')
})

it.each([
  null,
  0,
  'text',
  [],
  [{ user: {} }],
  {},
  { user: null, data: null },
  { user: 'admin', data: 'text' },
  { user: ['admin'], data: [1] },
  { user: { name: {}, avatar: 1, color: ['red'] } },
])('shows a user who sends nonsense with nothing but the id: %j', async (data) => {
  const { client, join, errors } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user })
  await join({ presence: [presenceEntry('mallory', { data, last_seen: 'never' })] })
  expect(presence.others()).toEqual([{ user: { id: 'mallory' }, data: {}, lastSeen: 0 }])
  expect(errors).toEqual([])
})

it('gives nobody a prototype that a stranger chose', async () => {
  const { client, join, clock, newest } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user })
  await join()
  const hostile = '{"__proto__":{"isAdmin":true},"id":"admin"}'
  newest().deliver(
    JSON.stringify(presenceChange({ joins: [presenceEntry('mallory', { data: 'DATA' })] })).replace(
      '"DATA"',
      `{"__proto__":{"user":{"name":"x"}},"user":${hostile},"data":${hostile}}`,
    ),
  )
  await clock.settle()
  const mallory = presence.others()[1]
  expect(mallory?.user).toEqual({ id: 'mallory' })
  expect(mallory?.data).toEqual({ id: 'admin' })
  expect(Object.assign({}, mallory?.data, mallory?.user)).not.toHaveProperty('isAdmin')
  expect({}).not.toHaveProperty('isAdmin')
})

it('is not present after leaving, and neither sends nor shows anything', async () => {
  const { client, clock, join } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user })
  const { socket } = await join()
  presence.updatePresence({ x: 1 })
  presence.updatePresence({ x: 2 })
  presence.leave()
  presence.leave()
  presence.updatePresence({ x: 3 })
  await clock.advance(5_000)
  expect(socket.has('unsubscribe')).toBe(true)
  expect(socket.sent.filter(({ type }) => type === 'presence')).toHaveLength(1)
  expect([presence.others(), presence.count(), presence.isConnected()]).toEqual([[], 0, false])
})

it('counts nobody where the server does not let it in', async () => {
  const { client, connect } = createRoomsWorld()
  const presence = usePresence({ client, room: '1', user })
  const socket = await connect()
  socket.refuse(socket.take('subscribe'), 'room_full')
  expect(presence.count()).toBe(0)
})

it('names an invalid interval', () => {
  const { client } = createRoomsWorld()
  expect(() => usePresence({ client, room: '1', user, syncInterval: -1 })).toThrow(/^syncInterval:/)
})

it('counts users who are too many to be listed', async () => {
  const world = createRoomsWorld()
  const presence = usePresence({ client: world.client, room: '1', user: { id: 'ada' } })
  await world.join({ presence: [], presence_count: 5_000 })
  expect([presence.others(), presence.count()]).toEqual([[], 5_000])
})

describe('when a user was last seen', () => {
  async function withBob() {
    const world = createRoomsWorld()
    const { client, clock, join } = world
    const presence = usePresence({ client, room: '1', user })
    const { socket } = await join({ presence: [showing('ada', {}), showing('bob', {})] })
    // As the application would show it.
    const standing = () =>
      presence.others().map(({ lastSeen }) => (clock.now() - lastSeen < 5_000 ? 'active' : 'idle'))
    await clock.advance(10_000)
    return { ...world, presence, socket, standing }
  }
  const from = { user_id: 'bob', connection_id: 'c-bob' }
  const signal = { type: 'ephemeral', channel: 'room:1', room_id: '1', user_id: 'bob', data: {} }

  it.each([
    ['moves a cursor', eventAt(undefined, { event: 'cursor', payload: { x: 1, y: 2 }, from })],
    ['sends a message', eventAt('e:1', { from })],
    ['types', { ...signal, event_type: 'typing_start' }],
    ['reads', { ...signal, event_type: 'read_receipt' }],
    [
      'changes the state',
      { type: 'state', channel: 'room:1', version: 1, set: {}, delete: [], from, op_id: null },
    ],
  ])('is when they last %s', async (_, frame) => {
    const { clock, presence, socket, standing } = await withBob()
    expect(standing()).toEqual(['idle'])
    let changes = 0
    presence.others.subscribe(() => (changes += 1))
    socket.deliver(frame)
    expect(presence.others()[0]?.lastSeen).toBe(clock.now())
    expect([standing(), changes]).toEqual([['active'], 1])
    await clock.advance(5_000)
    expect(standing()).toEqual(['idle'])
  })

  it('is not when typing ended by itself, or they went away', async () => {
    const { socket, standing } = await withBob()
    for (const type of ['typing_stop', 'presence_away']) {
      socket.deliver({ ...signal, event_type: type })
    }
    socket.deliver(eventAt('e:1', { from: null }))
    expect(standing()).toEqual(['idle'])
  })

  it('is told at most once a second, however often they move, the last time too', async () => {
    const { clock, presence, socket } = await withBob()
    const seen: number[] = []
    const startMs = clock.now()
    presence.others.subscribe(([bob]) => seen.push((bob?.lastSeen ?? 0) - startMs))
    for (let n = 0; n < 30; n += 1) {
      socket.deliver(eventAt(undefined, { event: 'cursor', from }))
      await clock.advance(50)
    }
    await clock.advance(5_000)
    expect(seen).toEqual([0, 1_000 - 50, 1_450])
  })

  it('changes nothing where it is oneself, or somebody who is not there, and ends with it', async () => {
    const { clock, presence, socket } = await withBob()
    const before = presence.others()
    for (const userId of ['ada', 'eve']) {
      socket.deliver(eventAt(undefined, { from: { user_id: userId, connection_id: 'c' } }))
    }
    expect(presence.others()).toBe(before)
    presence.leave()
    socket.deliver(eventAt(undefined, { from }))
    await clock.advance(5_000)
    expect(presence.others()).toEqual([])
  })
})
