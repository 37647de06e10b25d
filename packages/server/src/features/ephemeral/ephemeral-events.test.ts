import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { EphemeralEvent } from '../../ports/realtime-backend.ts'

async function inRoom(nodes = 1) {
  const world = await createTestHub({ users: ['ada', 'bob'], nodes })
  await world.ada.subscribe('room:1')
  await world.bob.subscribe('room:1')
  const heard: EphemeralEvent[] = []
  const { ephemeral } = world.hub
  const id = await ephemeral.subscribeRoom('1', (event) => void heard.push(event))
  const told = () => heard.map(({ type, userId }) => `${userId} ${type}`)
  return { ...world, ephemeral, heard, told, id }
}

it('brings what is published to callbacks and to connections, on every node', async () => {
  const { ada, bob, ephemeral, heard, clock } = await inRoom(2)
  expect(await ephemeral.publishReaction('1', 'eve', { emoji: '👍' })).toEqual({
    ok: true,
    value: undefined,
  })
  for (const user of [ada, bob]) {
    expect(await user.sees('ephemeral')).toEqual({
      type: 'ephemeral',
      room_id: '1',
      channel: 'room:1',
      event_type: 'reaction',
      user_id: 'eve',
      timestamp: new Date(heard[0]?.timestamp ?? 0).toISOString(),
      data: { emoji: '👍' },
    })
  }
  await clock.settle()
  expect(heard).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      roomId: '1',
      type: 'reaction',
      userId: 'eve',
      channelId: null,
      data: { emoji: '👍' },
      timestamp: expect.stringMatching(/Z$/),
    },
  ])
})

it('brings what clients signal to callbacks', async () => {
  const { ada, hub, clock, told, heard } = await inRoom()
  await ada.request({ type: 'typing', channel: 'room:1' })
  await ada.request({ type: 'typing', channel: 'room:1', is_typing: false })
  await hub.publish('room:1', 'message', 1, { messageId: 'm1' })
  await ada.request({ type: 'read', channel: 'room:1', event_id: 'm1' })
  await clock.advance(1_000)
  expect(told()).toEqual(['ada typing_start', 'ada typing_stop', 'ada read_receipt'])
  expect(heard.at(-1)?.data).toMatchObject({ event_id: 'm1', read_by: 1 })
})

it('tells callbacks who comes, is away and goes, once for each user', async () => {
  const { ada, bob, hubs, clock, connect, told } = await inRoom(2)
  const far: string[] = []
  await hubs[1]?.ephemeral.subscribeRoom('1', ({ type }) => void far.push(type))
  await ada.subscribe('room:1', { presence: true })
  const tab = await connect('ada', 1)
  await tab.subscribe('room:1', { presence: { status: 'away' } })
  await ada.request({ type: 'presence', channel: 'room:1', status: 'away', data: { a: 1 } })
  await ada.request({ type: 'presence', channel: 'room:1', data: { a: 2 } })
  await ada.unsubscribe('room:1')
  tab.cut()
  await clock.advance(60_000)
  expect(told()).toEqual(['ada presence_online', 'ada presence_away', 'ada presence_offline'])
  expect(far).toEqual(['presence_online', 'presence_away', 'presence_offline'])
  expect(bob.frames.filter(({ type }) => type === 'ephemeral')).toEqual([])
})

it('does not tell who was there before', async () => {
  const { ada, ephemeral, clock } = await inRoom()
  await ada.subscribe('room:1', { presence: true })
  const late: string[] = []
  await ephemeral.subscribeRoom('1', ({ type }) => void late.push(type))
  await ada.request({ type: 'presence', channel: 'room:1', status: 'away' })
  await clock.settle()
  expect(late).toEqual(['presence_away'])
})

it('hears a room in which nobody is connected', async () => {
  const { ephemeral, hubs, clock } = await inRoom(2)
  const heard: string[] = []
  await hubs[1]?.ephemeral.subscribeRoom('empty', ({ type }) => void heard.push(type))
  await ephemeral.publishTyping('empty', 'eve')
  await ephemeral.publishCustom('empty', 'eve', null)
  await clock.advance(6_000)
  expect(heard).toEqual(['typing_start', 'custom', 'typing_stop'])
})

it.each([
  ['online', 'presence_online', {}],
  ['away', 'presence_away', {}],
  ['offline', 'presence_offline', {}],
  ['busy', 'custom', { status: 'busy' }],
  ['toString', 'custom', { status: 'toString' }],
])('says that somebody is %s as %s', async (status, type, data) => {
  const { bob, ephemeral } = await inRoom()
  await ephemeral.publishPresence('1', 'eve', status)
  expect(await bob.sees('ephemeral')).toMatchObject({ event_type: type, user_id: 'eve', data })
})

it('ends the typing that it published after 5 s, and shows what goes with it', async () => {
  const { bob, ephemeral, clock, told } = await inRoom()
  await ephemeral.publishTyping('1', 'eve', true, { device: 'phone' })
  const atMs = clock.elapsed()
  await bob.sees('ephemeral', { event_type: 'typing_start', data: { device: 'phone' } })
  await bob.sees('ephemeral', { event_type: 'typing_stop', data: {} })
  expect(clock.elapsed() - atMs).toBeGreaterThanOrEqual(5_000)
  expect(told()).toEqual(['eve typing_start', 'eve typing_stop'])
})

it('ends typing in every window of a user when the application says so', async () => {
  const { ada, bob, ephemeral, clock } = await inRoom()
  await ada.request({ type: 'typing', channel: 'room:1' })
  await ephemeral.publishTyping('1', 'ada')
  await ephemeral.publishTyping('1', 'ada', false)
  const atMs = clock.elapsed()
  await bob.sees('ephemeral', { event_type: 'typing_stop' })
  expect(clock.elapsed() - atMs).toBeLessThan(100)
})

it('keeps a user typing in one window who stops in another', async () => {
  const { ephemeral, clock, told } = await inRoom()
  const [one, other] = [ephemeral.createSource(), ephemeral.createSource()]
  await ephemeral.publishTyping('1', 'eve', true, {}, one)
  await ephemeral.publishTyping('1', 'eve', true, {}, other)
  await ephemeral.publishTyping('1', 'eve', false, {}, one)
  await clock.advance(1_000)
  expect(told()).toEqual(['eve typing_start'])
  await ephemeral.publishTyping('1', 'eve', false, {}, other)
  await clock.settle()
  expect(told()).toEqual(['eve typing_start', 'eve typing_stop'])
})

it('ends the typing of a client of this process when it leaves', async () => {
  const { hub, ephemeral, clock, told } = await inRoom()
  hub.createChannel('room:1')
  hub.join('room:1', 'worker')
  await ephemeral.publishTyping('1', 'worker')
  hub.disconnect('worker')
  await clock.settle()
  expect(told()).toEqual([
    'worker presence_online',
    'worker typing_start',
    'worker typing_stop',
    'worker presence_offline',
  ])
})

it('marks how far somebody has read, and refuses events of other rooms', async () => {
  const { hub, ephemeral, bob } = await inRoom()
  await hub.publish('room:1', 'message', 1, { messageId: 'here' })
  await hub.publish('room:2', 'message', 1, { messageId: 'there' })
  expect(await ephemeral.publishReadReceipt('1', 'eve', 'here')).toMatchObject({ ok: true })
  expect(await ephemeral.publishReadReceipt('1', 'eve', 'there')).toMatchObject({
    error: { code: 'not_found' },
  })
  await bob.sees('ephemeral', { event_type: 'read_receipt', user_id: 'eve' })
  expect((await ephemeral.readMarks('room:1')).get('eve')?.eventId).toBe('here')
})

it('calls back no more after unsubscribing, and knows an id once', async () => {
  const { ephemeral, clock, told, id } = await inRoom()
  expect(await ephemeral.unsubscribeRoom(id)).toBe(true)
  expect(await ephemeral.unsubscribeRoom(id)).toBe(false)
  expect(await ephemeral.unsubscribeRoom('nothing')).toBe(false)
  await ephemeral.publishTyping('1', 'eve')
  await clock.settle()
  expect(told()).toEqual([])
})

it('goes on after a callback threw, and keeps at most the newest 100', async () => {
  const { ephemeral, clock } = await inRoom()
  const gate = Promise.withResolvers<void>()
  const heard: unknown[] = []
  await ephemeral.subscribeRoom('1', async ({ data }) => {
    heard.push(data)
    await gate.promise
    throw new Error('no')
  })
  for (let n = 0; n < 151; n += 1) await ephemeral.publishCustom('1', 'eve', n)
  gate.resolve()
  await clock.settle()
  expect(heard).toEqual([0, ...Array.from({ length: 100 }, (_, n) => n + 51)])
})

it('leaves nothing in the history, and is no event that a client could forge', async () => {
  const { ada, bob, ephemeral, clock, told } = await inRoom()
  await ephemeral.publishReaction('1', 'eve', {})
  const forged = { id: 'x', room_id: '1', type: 'custom', user_id: 'eve', timestamp: '' }
  await ada.publish('room:1', 'coterie.ephemeral', forged, { volatile: true })
  await clock.settle()
  expect(told()).toEqual(['eve reaction'])
  expect(bob.frames.filter(({ type }) => type === 'ephemeral')).toHaveLength(1)
  expect((await ada.history('room:1')).events).toEqual([])
})

it.each([
  ['more than 4 KiB', { text: 'é'.repeat(2_048) }, 'too_large', /4096 bytes/],
  ['a prototype', JSON.parse('{"a":[{"__proto__":{"x":1}}]}'), 'invalid_payload', /__proto__/],
  [
    'a constructor',
    { constructor: { prototype: 1 } },
    'invalid_payload',
    /cannot be used as a key/,
  ],
  ['no JSON value', undefined as never, 'invalid_payload', /is not JSON/],
])('refuses data with %s', async (name, data, code, message) => {
  const { ephemeral } = await inRoom()
  const refusal = { ok: false, error: { code, message: expect.stringMatching(message) } }
  expect(await ephemeral.publishReaction('1', 'eve', data)).toMatchObject(refusal)
  // Left out, data of typing is empty.
  if (name !== 'no JSON value') {
    expect(await ephemeral.publishTyping('1', 'eve', true, data)).toMatchObject(refusal)
  }
})

it('refuses what cannot name a room or a user', async () => {
  const { ephemeral } = await inRoom()
  for (const room of ['', 'a b', '*', 'x'.repeat(200)]) {
    const refusal = { error: { code: 'invalid_channel' } }
    expect(await ephemeral.publishTyping(room, 'eve')).toMatchObject(refusal)
    await expect(ephemeral.subscribeRoom(room, () => {})).rejects.toMatchObject(refusal.error)
  }
  expect(await ephemeral.publishTyping('1', '')).toMatchObject({
    error: { code: 'invalid_payload' },
  })
})

it('is silent once the hub is closed', async () => {
  const { hub, ephemeral, clock, told, id } = await inRoom()
  void hub.close()
  await clock.advance(60_000)
  expect(await ephemeral.unsubscribeRoom(id)).toBe(false)
  expect(told()).toEqual([])
})

// Typing and presence needed no declared room before, and receipts did.
it('signals in a room that nobody declared', async () => {
  const { hub, clock } = await createTestHub({ channels: {} })
  const heard: unknown[] = []
  await hub.ephemeral.subscribeRoom(
    'room-123',
    ({ type, userId }) => void heard.push([type, userId]),
  )
  await hub.ephemeral.publishTyping('room-123', 'user-456')
  expect(await hub.ephemeral.publishReadReceipt('room-123', 'user-456', 'evt-789')).toEqual({
    ok: true,
    value: undefined,
  })
  for (const wrong of ['', 'x'.repeat(200), 7 as never]) {
    expect(await hub.ephemeral.publishReadReceipt('room-123', 'user-456', wrong)).toMatchObject({
      ok: false,
      error: { code: 'invalid_payload', message: expect.stringMatching(/^event id: /) },
    })
  }
  await clock.advance(1_000)
  expect(heard).toEqual([
    ['typing_start', 'user-456'],
    ['read_receipt', 'user-456'],
  ])
})
