import { expect, it } from 'vitest'
import { createRoomsWorld, presenceEntry } from '../scripted/scripted-rooms.ts'

const user = { id: 'me', name: 'Ada' }

it('is joined once, with what all who enter it in one go need', async () => {
  const { client, connect, takeJoin } = createRoomsWorld()
  const socket = await connect()
  const room = client.room('1')
  room.enter({})
  room.enter({ user, data: { tool: 'pen' } })
  room.offerPassword('pw')
  expect(client.room('1')).toBe(room)
  expect(await takeJoin()).toEqual({
    type: 'subscribe',
    id: expect.any(String),
    channel: 'room:1',
    password: 'pw',
    state: false,
    presence: { status: 'online', data: { user: { name: 'Ada' }, data: { tool: 'pen' } } },
  })
  expect(socket.sent.filter(({ type }) => type === 'subscribe')).toHaveLength(1)
})

it('asks for no presence where nobody is to appear', async () => {
  const { client, join } = createRoomsWorld()
  client.room('1').enter({})
  const { subscribe } = await join()
  expect(subscribe).not.toHaveProperty('presence')
})

it('follows the shared state as soon as somebody needs it, and asks for it no more once left', async () => {
  const { client, clock, join, takeJoin } = createRoomsWorld()
  const room = client.room('1')
  const first = room.enter({ user })
  const { socket, subscribe } = await join()
  expect(subscribe).toMatchObject({ state: false })
  const second = room.enter({ initialState: { title: 'Untitled' } })
  const again = await takeJoin({ state: { version: 1, value: { title: 'Untitled' } } })
  expect(again).toMatchObject({ state: true, initial_state: { title: 'Untitled' } })
  expect(again).toMatchObject({ presence: { status: 'online' } })
  expect(room.channel.state.value()).toEqual({ title: 'Untitled' })
  first.leave()
  second.leave()
  await clock.settle()
  socket.take('unsubscribe')
  room.enter({})
  await clock.settle()
  const fresh = socket.take('subscribe')
  expect(fresh).toMatchObject({ state: false })
  expect(fresh).not.toHaveProperty('initial_state')
})

it('joins again from its position when a later use appears in presence', async () => {
  const { client, join, takeJoin } = createRoomsWorld()
  const room = client.room('1')
  room.enter({})
  const { socket } = await join({ position: 'e:7' })
  room.enter({ user })
  const presence = [presenceEntry('ada'), presenceEntry('bob')]
  const again = await takeJoin({ position: 'e:7', recovered: true, presence })
  expect(again).toMatchObject({ since: 'e:7', presence: { data: { user: { name: 'Ada' } } } })
  expect(room.others()).toEqual([presence[1]])
  expect(socket.has('presence') || socket.has('unsubscribe')).toBe(false)
})

it('is left when the last one leaves, and not before', async () => {
  const { client, clock, join } = createRoomsWorld()
  const room = client.room('1')
  const first = room.enter({})
  const second = room.enter({})
  const { socket } = await join()
  first.leave()
  first.leave()
  await clock.settle()
  expect(socket.has('unsubscribe')).toBe(false)
  expect(room.isOpen()).toBe(true)
  second.leave()
  await clock.settle()
  expect(socket.take('unsubscribe')).toMatchObject({ channel: 'room:1' })
  expect(room.isOpen()).toBe(false)
})

it('is not left by who comes back in the same turn', async () => {
  const { client, clock, join } = createRoomsWorld()
  const room = client.room('1')
  const stay = room.enter({ user })
  const { socket } = await join()
  stay.leave()
  room.enter({ user })
  await clock.settle()
  expect(socket.sent.map(({ type }) => type)).toEqual(['subscribe'])
})

it('shows nobody any more once the last one who appears has left, and again with the next', async () => {
  const { client, clock, join } = createRoomsWorld()
  const room = client.room('1')
  room.enter({})
  const stay = room.enter({ user })
  const { socket } = await join()
  stay.leave()
  await clock.settle()
  expect(socket.take('presence')).toMatchObject({ status: 'offline' })
  room.enter({ user })
  await clock.settle()
  const change = socket.has('presence')
  // One change is under way at a time.
  expect(change).toBe(false)
  socket.reply(socket.sent.at(-1) as never)
  expect(socket.take('presence')).toMatchObject({
    status: 'online',
    data: { user: { name: 'Ada' } },
  })
})

it('counts nobody as present who appears offline', async () => {
  const { client, join } = createRoomsWorld()
  const room = client.room('1')
  room.enter({ user })
  await join({ presence: [presenceEntry('bob', { status: 'offline' }), presenceEntry('eve')] })
  expect(room.members().map(({ user_id }) => user_id)).toEqual(['eve'])
})

it('shows the data of all who appear, and of several that differ the newest', async () => {
  const { client, clock, join } = createRoomsWorld()
  const room = client.room('1')
  const first = room.enter({ user, data: { tool: 'pen', x: 1 } })
  room.enter({ user, data: { tool: 'brush', y: 2 } })
  const { socket, subscribe } = await join()
  expect(subscribe.presence).toMatchObject({ data: { data: { tool: 'brush', x: 1, y: 2 } } })
  first.show({ tool: 'eraser' })
  await clock.settle()
  expect(socket.take('presence')).toMatchObject({ data: { data: { tool: 'eraser', y: 2 } } })
})

it('tries again when refused as soon as somebody enters with the right password', async () => {
  const { client, clock, connect, takeJoin, problems } = createRoomsWorld()
  const room = client.room('1')
  room.enter({ user })
  const socket = await connect()
  socket.refuse(socket.take('subscribe'), 'wrong_password')
  expect(problems).toEqual(['refused: wrong_password'])
  await clock.advance(10_000)
  expect(socket.has('subscribe')).toBe(false)
  room.offerPassword('pw')
  room.enter({})
  expect(await takeJoin()).toMatchObject({ password: 'pw', presence: { status: 'online' } })
  expect(room.isOpen()).toBe(true)
})

it('keeps the password that opened it, whatever others come with, until it is left', async () => {
  const { client, clock, join, newest, reconnected } = createRoomsWorld()
  const room = client.room('1')
  room.offerPassword('right')
  const stay = room.enter({})
  await join()
  room.offerPassword('wrong')
  newest().end()
  const socket = await reconnected()
  expect(socket.take('subscribe')).toMatchObject({ password: 'right' })
  stay.leave()
  await clock.settle()
  room.enter({})
  await clock.settle()
  expect(socket.take('subscribe')).not.toHaveProperty('password')
})

it('is joined without presence once those are gone for whom it was refused', async () => {
  const { client, clock, connect, takeJoin } = createRoomsWorld()
  const room = client.room('1')
  room.enter({})
  const stay = room.enter({ user })
  const socket = await connect()
  socket.refuse(socket.take('subscribe'), 'forbidden')
  stay.leave()
  await clock.settle()
  expect(await takeJoin()).not.toHaveProperty('presence', expect.anything())
  expect(room.isOpen()).toBe(true)
})

it('refuses a user that JSON cannot carry', () => {
  const { client } = createRoomsWorld()
  const self: Record<string, unknown> = {}
  self.self = self
  expect(() => client.room('1').enter({ user: { id: 'me', self } })).toThrow(/JSON can carry/)
})

it('tells of presence that the server does not take', async () => {
  const { client, clock, join, problems } = createRoomsWorld()
  const stay = client.room('1').enter({ user })
  const { socket } = await join()
  stay.show({ text: 'long' })
  socket.refuse(socket.take('presence'), 'too_large')
  await clock.settle()
  expect(problems).toEqual(['refused: too_large'])
})

it('is not refused for an appearance that the server did not take, when more is asked for', async () => {
  const { client, clock, join } = createRoomsWorld()
  const room = client.room('1')
  const stay = room.enter({ user, data: { text: 'short' } })
  const { socket } = await join()
  stay.show({ text: 'long' })
  socket.refuse(socket.take('presence'), 'too_large')
  room.enter({ initialState: {} })
  await clock.settle()
  expect(socket.take('subscribe')).toMatchObject({
    state: true,
    presence: { data: { data: { text: 'short' } } },
  })
})
