import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'

const channels = { 'room:*': { history: true, state: true, publish: 'authenticated' } } as const
const setUp = (options: object = {}) =>
  createTestHub({ users: ['ada', 'bob', 'cleo'], channels, ...options })

it('makes, lists, changes and removes rooms', async () => {
  const { hub, ada } = await setUp({ rooms: { lobby: { metadata: { title: 'Lobby' } } } })
  const created = await hub.rooms.create('board', { maxUsers: 3, metadata: { title: 'Board' } })
  expect(created).toMatchObject({
    ok: true,
    value: { id: 'board', hasPassword: false, maxUsers: 3, persist: false },
  })
  expect(await hub.rooms.list()).toMatchObject([
    { id: 'board', metadata: { title: 'Board' } },
    { id: 'lobby', metadata: { title: 'Lobby' }, createdAtMs: null },
  ])
  expect(await hub.rooms.create('board')).toMatchObject({ error: { code: 'conflict' } })
  await hub.rooms.update('board', { maxUsers: null, password: 'open sesame' })
  expect(await hub.rooms.find('board')).toMatchObject({
    value: { hasPassword: true, maxUsers: null, metadata: { title: 'Board' } },
  })
  expect(await hub.rooms.update('lobby', {})).toMatchObject({ error: { code: 'conflict' } })
  expect(await hub.rooms.update('none', {})).toMatchObject({
    error: { code: 'not_found', message: 'Room not found' },
  })
  await ada.subscribe('room:board', { password: 'open sesame' })
  expect(await hub.rooms.remove('board')).toMatchObject({ ok: true })
  await ada.sees('unsubscribed', { channel: 'room:board', code: 'not_found' })
  expect(await hub.rooms.find('board')).toMatchObject({ error: { code: 'not_found' } })
})

it.each([
  ['not an id', {}, /^id:/],
  ['board', { password: '' }, /^password:/],
  ['board', { maxUsers: 0 }, /^max_users:/],
  ['board', { metadata: JSON.parse('{"__proto__":1}') }, /^metadata: __proto__/],
  ['board', { metadata: { text: 'x'.repeat(17_000) } }, /^metadata: expected at most/],
])('refuses to make "%s" with %j', async (id, settings, message) => {
  const { hub } = await setUp()
  const refused = await hub.rooms.create(id, settings)
  expect(refused).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
  if (!refused.ok) expect(refused.error.message).toMatch(message)
})

it('tells who enters what the room is', async () => {
  const { hub, ada } = await setUp()
  await hub.rooms.create('board', { metadata: { title: 'Board' }, maxUsers: 5 })
  const reply = await ada.subscribe('room:board')
  expect(reply).toMatchObject({
    room: { id: 'board', metadata: { title: 'Board' }, max_users: 5 },
  })
  expect(await ada.subscribe('room:other')).toMatchObject({
    room: { id: 'other', metadata: null, max_users: null, created_at: null },
  })
})

it('asks for the password of a room on every node, and for the new one once it is changed', async () => {
  const { hub, ada, bob } = await setUp({ nodes: 2 })
  await hub.rooms.create('board', { password: 'first' })
  await expect(bob.subscribe('room:board', { password: 'second' })).rejects.toThrow('Access denied')
  await bob.subscribe('room:board', { password: 'first' })
  await hub.rooms.update('board', { password: 'second' })
  await bob.unsubscribe('room:board')
  await expect(bob.subscribe('room:board', { password: 'first' })).rejects.toThrow('Access denied')
  await bob.subscribe('room:board', { password: 'second' })
  await expect(ada.history('room:board')).rejects.toMatchObject({ code: 'not_member' })
})

it('lets only so many users in over all nodes, also when they come at the same moment', async () => {
  const { hub, ada, bob, cleo, clock, connect } = await setUp({ nodes: 2 })
  await hub.rooms.create('pair', { maxUsers: 2 })
  const users = [ada, bob, cleo, await connect('dora', 1)]
  for (const user of users) user.send({ type: 'subscribe', id: 's', channel: 'room:pair' })
  await clock.settle()
  await clock.advance(10)
  const answers = users.map(
    ({ frames }) => frames.find((frame) => frame.type === 'reply' || frame.type === 'error')?.type,
  )
  expect(answers.toSorted()).toEqual(['error', 'error', 'reply', 'reply'])
  const entered = users[answers.indexOf('reply')]
  const refused = users[answers.indexOf('error')]
  await entered?.unsubscribe('room:pair')
  await refused?.subscribe('room:pair')
})

it('counts who is there already when a bound is set later', async () => {
  const { hub, ada, bob, cleo, clock } = await setUp({ nodes: 2 })
  await hub.rooms.create('board')
  await ada.subscribe('room:board')
  await bob.subscribe('room:board')
  await hub.rooms.update('board', { maxUsers: 2 })
  await clock.settle()
  await expect(cleo.subscribe('room:board')).rejects.toMatchObject({ code: 'room_full' })
})

it('puts all tabs of a user out, who may enter again', async () => {
  const { hub, ada, bob, connect } = await setUp({ nodes: 2 })
  const tab = await connect('ada', 1)
  for (const user of [ada, bob, tab]) await user.subscribe('room:board')
  await hub.rooms.kick('board', 'ada', { reason: 'too loud' })
  for (const user of [ada, tab]) {
    await user.sees('unsubscribed', {
      channel: 'room:board',
      code: 'forbidden',
      reason: 'too loud',
    })
  }
  await hub.publish('room:board', 'e', 'after')
  await bob.sees('event', { payload: 'after' })
  expect(ada.payloads('room:board')).toEqual([])
  await ada.subscribe('room:board')
})

it('keeps a banned user out of everything, for as long as the ban lasts', async () => {
  const { hub, ada, clock } = await setUp()
  await ada.subscribe('room:board')
  await hub.rooms.ban('board', 'ada', { reason: 'too loud', durationMs: 60_000 })
  await ada.sees('unsubscribed', { code: 'forbidden', reason: 'too loud' })
  await expect(ada.subscribe('room:board')).rejects.toMatchObject({ code: 'forbidden' })
  await expect(ada.publish('room:board', 'e', 1)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(ada.history('room:board')).rejects.toMatchObject({ code: 'forbidden' })
  expect(await hub.rooms.bans('board')).toMatchObject([{ userId: 'ada', reason: 'too loud' }])
  await ada.subscribe('room:other')
  await clock.advance(60_000)
  await ada.subscribe('room:board')
  expect(await hub.rooms.bans('board')).toEqual([])
})

it('lets a user in again when the ban is taken back', async () => {
  const { hub, ada } = await setUp()
  await hub.rooms.ban('board', 'ada')
  expect(await hub.rooms.unban('board', 'ada')).toMatchObject({ ok: true })
  await ada.subscribe('room:board')
  expect(await hub.rooms.unban('board', 'ada')).toMatchObject({ error: { code: 'not_found' } })
})

it('forgets an empty room after a while, unless it is to persist', async () => {
  const { hub, ada, clock } = await setUp()
  await hub.rooms.create('passing')
  await hub.rooms.create('lasting', { persist: true })
  await clock.advance(120_000)
  for (const id of ['passing', 'lasting']) await ada.subscribe(`room:${id}`)
  await clock.advance(120_000)
  expect(await hub.rooms.list()).toHaveLength(2)
  for (const id of ['passing', 'lasting']) await ada.unsubscribe(`room:${id}`)
  await clock.advance(59_000)
  expect(await hub.rooms.list()).toHaveLength(2)
  await clock.advance(1_000)
  expect(await hub.rooms.list()).toMatchObject([{ id: 'lasting' }])
})

it('keeps the state of a room that persists', async () => {
  const { hub, ada, clock } = await setUp()
  await hub.rooms.create('lasting', { persist: true })
  await ada.subscribe('room:lasting', { state: true, initial_state: { x: 1 } })
  await ada.unsubscribe('room:lasting')
  await clock.advance(120_000)
  expect(await ada.subscribe('room:lasting', { state: true })).toMatchObject({
    state: { value: { x: 1 } },
  })
})

it('opens a room that no pattern declares', async () => {
  const { hub, ada } = await setUp({ channels: {} })
  await expect(ada.subscribe('room:board')).rejects.toMatchObject({ code: 'unknown_channel' })
  await hub.rooms.create('board')
  await ada.subscribe('room:board')
})
