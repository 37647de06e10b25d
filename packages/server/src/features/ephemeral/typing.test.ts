import { createTestHub, type TestUser } from '@coterie/testing'
import { expect, it } from 'vitest'

const signals = (user: TestUser): string[] =>
  user.frames.flatMap((frame) =>
    frame.type === 'ephemeral' ? [`${frame.user_id} ${frame.event_type}`] : [],
  )

async function inRoom(nodes = 1) {
  const world = await createTestHub({ users: ['ada', 'bob'], nodes })
  await world.ada.subscribe('room:1')
  await world.bob.subscribe('room:1')
  return world
}

it('tells the others who is typing, and where', async () => {
  const { ada, bob } = await inRoom()
  await ada.request({ type: 'typing', channel: 'room:1' })
  const frame = await bob.sees('ephemeral')
  expect(frame).toMatchObject({
    room_id: '1',
    channel: 'room:1',
    event_type: 'typing_start',
    user_id: 'ada',
    data: {},
  })
  expect(frame.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

it('ends typing 5 s after the last renewal', async () => {
  const { ada, bob, clock } = await inRoom()
  await ada.request({ type: 'typing', channel: 'room:1' })
  await clock.advance(3_000)
  const renewedAtMs = clock.elapsed()
  await ada.request({ type: 'typing', channel: 'room:1' })
  await bob.sees('ephemeral', { event_type: 'typing_stop' })
  expect(clock.elapsed() - renewedAtMs).toBeGreaterThanOrEqual(5_000)
  expect(clock.elapsed() - renewedAtMs).toBeLessThan(5_100)
})

it('does not repeat itself for every key that is pressed', async () => {
  const { ada, bob, clock } = await inRoom()
  for (let n = 0; n < 15; n += 1) {
    await ada.request({ type: 'typing', channel: 'room:1' })
    await clock.advance(100)
  }
  expect(signals(bob)).toEqual(['ada typing_start'])
})

it.each([
  ['says so', { type: 'typing', channel: 'room:1', is_typing: false }],
  ['sends the message', { type: 'publish', channel: 'room:1', event: 'message', payload: 1 }],
  ['leaves', { type: 'unsubscribe', channel: 'room:1' }],
])('ends typing when the user %s', async (_, frame) => {
  const { ada, bob, clock } = await inRoom()
  await ada.request({ type: 'typing', channel: 'room:1' })
  const atMs = clock.elapsed()
  await ada.request(frame)
  await bob.sees('ephemeral', { event_type: 'typing_stop', user_id: 'ada' })
  expect(clock.elapsed() - atMs).toBeLessThan(100)
})

it('ends typing when the connection is lost', async () => {
  const { ada, bob, clock } = await inRoom()
  await ada.request({ type: 'typing', channel: 'room:1' })
  const atMs = clock.elapsed()
  ada.cut()
  await bob.sees('ephemeral', { event_type: 'typing_stop' })
  expect(clock.elapsed() - atMs).toBeLessThan(100)
})

it('goes on when another tab of the user closes', async () => {
  const { ada, bob, clock, connect } = await inRoom()
  const tab = await connect('ada')
  await tab.subscribe('room:1')
  await ada.request({ type: 'typing', channel: 'room:1' })
  tab.cut()
  await clock.advance(1_000)
  expect(signals(bob)).toEqual(['ada typing_start'])
})

it.each([
  ['says that it stopped', { type: 'typing', channel: 'room:1', is_typing: false }],
  ['leaves', { type: 'unsubscribe', channel: 'room:1' }],
])('goes on in one tab of a user when another %s', async (_, frame) => {
  const { ada, bob, clock, connect } = await inRoom()
  const tab = await connect('ada')
  await tab.subscribe('room:1')
  await ada.request({ type: 'typing', channel: 'room:1' })
  await tab.request({ type: 'typing', channel: 'room:1' })
  await tab.request(frame)
  await clock.advance(1_000)
  expect(signals(bob)).toEqual(['ada typing_start'])
  await ada.request(frame)
  await clock.settle()
  expect(signals(bob)).toEqual(['ada typing_start', 'ada typing_stop'])
})

it('ends in all tabs of a user with the message, also on another node', async () => {
  const { ada, bob, clock, connect } = await inRoom(2)
  const tab = await connect('ada', 1)
  await tab.subscribe('room:1')
  await ada.request({ type: 'typing', channel: 'room:1' })
  await tab.publish('room:1', 'message', 'hi')
  await clock.settle()
  expect(signals(bob)).toEqual(['ada typing_start', 'ada typing_stop'])
})

it('is told once on each node, by who types and not by what they say', async () => {
  const { ada, bob, clock } = await inRoom(2)
  await ada.request({ type: 'typing', channel: 'room:1', user_id: 'eve', from: 'eve', data: {} })
  await clock.advance(10_000)
  expect(signals(bob)).toEqual(['ada typing_start', 'ada typing_stop'])
  expect(signals(ada)).toEqual(signals(bob))
})

it('is never in the history', async () => {
  const { ada } = await inRoom()
  await ada.request({ type: 'typing', channel: 'room:1' })
  expect((await ada.history('room:1')).events).toEqual([])
})

it('is for members only', async () => {
  const { ada } = await inRoom()
  await expect(ada.request({ type: 'typing', channel: 'room:2' })).rejects.toMatchObject({
    code: 'not_member',
    message: 'Not a member of this room',
  })
})

it('is not ended by a cursor that moves', async () => {
  const { ada, bob, clock } = await inRoom()
  await ada.request({ type: 'typing', channel: 'room:1' })
  await ada.publish('room:1', 'cursor', { x: 1 }, { volatile: true, key: 'cursor' })
  await clock.advance(1_000)
  expect(signals(bob)).toEqual(['ada typing_start'])
})
