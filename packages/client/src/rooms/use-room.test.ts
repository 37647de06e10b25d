import type { ErrorCode } from '@coterie/protocol'
import { expect, it } from 'vitest'
import { createRoomsWorld, presenceChange, presenceEntry } from '../scripted/scripted-rooms.ts'
import { eventAt, joinReply } from '../scripted/scripted-world.ts'
import { usePresence } from './use-presence.ts'
import { useRoom } from './use-room.ts'

const user = { id: 'me', name: 'Ada' }

function enter(password?: string) {
  const world = createRoomsWorld()
  const room = useRoom({ client: world.client, roomId: '1', user, ...(password && { password }) })
  return { ...world, room }
}

it('does nothing before it is told to join', async () => {
  const { room, connect, clock } = enter()
  const socket = await connect()
  await clock.settle()
  expect(socket.sent).toEqual([])
  expect([room.room(), room.users(), room.isJoined(), room.error()]).toEqual([
    null,
    [],
    false,
    null,
  ])
})

it('is joined when the server says so, and not before', async () => {
  const { room, connect, takeJoin } = enter('pw')
  await connect()
  room.join()
  expect(room.isJoined()).toBe(false)
  const presence = [presenceEntry('ada'), presenceEntry('bob')]
  const description = {
    id: '1',
    metadata: { title: 'Board' },
    max_users: null,
    created_at: '2026-01-01T00:00:00.000Z',
  }
  const subscribe = await takeJoin({ presence, room: description })
  expect(subscribe).toMatchObject({ password: 'pw', presence: { data: { user: { name: 'Ada' } } } })
  expect(room.isJoined()).toBe(true)
  const users = [
    { id: 'ada', name: 'ADA' },
    { id: 'bob', name: 'BOB' },
  ]
  expect(room.users()).toEqual(users)
  expect(room.room()).toEqual({
    id: '1',
    users,
    metadata: { title: 'Board' },
    createdAt: new Date('2026-01-01T00:00:00.000Z'),
  })
})

it.each([undefined, null, 'x', {}, { metadata: [], created_at: 'soon' }])(
  'does without what the server does not tell of the room: %j',
  async (description) => {
    const { clock, room, connect, takeJoin } = enter()
    await connect()
    room.join()
    await takeJoin({ room: description })
    const createdAt = new Date(clock.now())
    expect(room.room()).toEqual({ id: '1', users: [], createdAt })
  },
)

it('began with the first of those who are there, where nobody made it, until it is left', async () => {
  const { clock, client, room, connect, takeJoin } = enter()
  const socket = await connect()
  room.join()
  const joinedAt = '2025-12-31T23:00:00.000Z'
  const presence = [presenceEntry('ada'), presenceEntry('bob', { joined_at: joinedAt })]
  await takeJoin({ presence })
  expect(room.room()?.createdAt).toEqual(new Date(joinedAt))
  socket.deliver(presenceChange({ leaves: [{ user_id: 'bob', connection_id: 'c-bob' }] }))
  await clock.advance(1_000)
  expect(room.room()?.createdAt).toEqual(new Date(joinedAt))
  room.leave()
  expect(room.room()).toBeNull()
  await clock.settle()
  room.join()
  await takeJoin({ presence: [presenceEntry('ada')] })
  expect(room.room()?.createdAt).toEqual(new Date('2026-01-01T00:00:00.000Z'))
  client.disconnect()
})

it('follows who comes and goes', async () => {
  const { room, connect, takeJoin } = enter()
  const socket = await connect()
  room.join()
  await takeJoin({ presence: [presenceEntry('ada')] })
  socket.deliver(presenceChange({ joins: [presenceEntry('eve')] }))
  expect(room.room()?.users.map(({ id }) => id)).toEqual(['ada', 'eve'])
  socket.deliver(presenceChange({ leaves: [{ user_id: 'eve', connection_id: 'c-eve' }] }))
  expect(room.users().map(({ id }) => id)).toEqual(['ada'])
})

it.each<[ErrorCode, string]>([
  ['unknown_channel', 'Room not found'],
  ['not_found', 'Room not found'],
  ['room_full', 'Room is full'],
  ['wrong_password', 'Access denied'],
  ['forbidden', 'Access denied'],
  ['limit_exceeded', 'refused: limit_exceeded'],
])('tells %s as "%s"', async (code, message) => {
  const { room, connect, clock } = enter()
  const socket = await connect()
  room.join()
  await clock.settle()
  socket.refuse(socket.take('subscribe'), code)
  expect(room.error()).toMatchObject({ code, message })
  expect(room.error()).toBe(room.error())
  expect(room.isJoined()).toBe(false)
  expect(room.room()).toBeNull()
})

it('tries again when told to, and forgets the error once it is in', async () => {
  const { room, connect, takeJoin, clock } = enter()
  const socket = await connect()
  room.join()
  await clock.settle()
  socket.refuse(socket.take('subscribe'), 'room_full')
  room.join()
  await takeJoin()
  expect(room.isJoined()).toBe(true)
  expect(room.error()).toBeNull()
})

it('joins once, however often it is told to', async () => {
  const { room, connect, takeJoin, clock } = enter()
  const socket = await connect()
  room.join()
  room.join()
  await takeJoin()
  room.join()
  await clock.settle()
  expect(room.isJoined()).toBe(true)
  expect(socket.sent.map(({ type }) => type)).toEqual(['subscribe'])
})

it('refuses to send for who is not in the room', async () => {
  const { room, connect, clock, problems } = enter()
  const socket = await connect()
  const refusal = { code: 'not_member', message: 'Not a member of this room' }
  const refused = expect(room.broadcast('m', 1)).rejects.toMatchObject(refusal)
  expect(room.error()).toMatchObject(refusal)
  await refused
  room.join()
  expect(room.error()).toBeNull()
  await expect(room.broadcast('m', 2)).rejects.toMatchObject(refusal)
  await clock.settle()
  socket.reply(socket.take('subscribe'), joinReply())
  const sent = room.broadcast('m', { text: 'hi' })
  const publish = socket.take('publish')
  expect(publish).toMatchObject({ channel: 'room:1', event: 'm', payload: { text: 'hi' } })
  socket.reply(publish)
  await sent
  expect(problems).toEqual(['Not a member of this room', 'Not a member of this room'])
})

it('keeps the room through a cut, and what is sent meanwhile', async () => {
  const { client, room, connect, takeJoin, newest, reconnected } = enter()
  await connect()
  room.join()
  await takeJoin({ presence: [presenceEntry('bob')] })
  newest().end()
  expect(room.isJoined()).toBe(false)
  expect(room.users()).toHaveLength(1)
  void room.broadcast('m', 1)
  const socket = await reconnected()
  expect(room.isJoined()).toBe(false)
  const heard: unknown[] = []
  client.on('m', (payload) => heard.push(payload))
  socket.reply(socket.take('subscribe'), joinReply({ presence: [presenceEntry('eve')] }))
  expect(room.isJoined()).toBe(true)
  expect(room.users()).toMatchObject([{ id: 'eve' }])
  expect(socket.take('publish')).toMatchObject({ event: 'm' })
  socket.deliver(eventAt('e:1', { event: 'm', payload: 1 }))
  expect(heard).toEqual([1])
})

it('is out of the room when it left, and can come back', async () => {
  const { room, connect, takeJoin, clock } = enter()
  const socket = await connect()
  room.join()
  await takeJoin({ presence: [presenceEntry('bob')] })
  room.leave()
  room.leave()
  expect([room.room(), room.users(), room.isJoined()]).toEqual([null, [], false])
  await clock.settle()
  socket.take('unsubscribe')
  await expect(room.broadcast('m', 1)).rejects.toMatchObject({ code: 'not_member' })
  room.join()
  await takeJoin()
  expect(room.isJoined()).toBe(true)
})

it('is out of the room when the server puts it out', async () => {
  const { room, connect, takeJoin } = enter()
  const socket = await connect()
  room.join()
  await takeJoin({ presence: [presenceEntry('bob')] })
  socket.deliver({ type: 'unsubscribed', channel: 'room:1', code: 'forbidden', reason: 'kicked' })
  expect(room.isJoined()).toBe(false)
  expect(room.users()).toEqual([])
  expect(room.error()).toMatchObject({ message: 'Access denied', cause: { message: 'kicked' } })
})

it('is not joined because somebody else is in the room, but then needs no further word', async () => {
  const { client, room, join, clock } = enter()
  usePresence({ client, room: '1', user })
  const { socket } = await join()
  expect(room.isJoined()).toBe(false)
  expect(room.users()).toEqual([])
  room.join()
  expect(room.isJoined()).toBe(true)
  expect(room.users()).toHaveLength(2)
  room.leave()
  await clock.settle()
  expect(socket.has('unsubscribe')).toBe(false)
})

it('lends its password to the others in the room, even before it joins', async () => {
  const { client, join } = enter('pw')
  usePresence({ client, room: '1', user })
  expect((await join()).subscribe).toMatchObject({ password: 'pw' })
})
