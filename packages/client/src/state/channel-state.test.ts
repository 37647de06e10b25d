import { expect, it } from 'vitest'
import type { ChannelOptions } from '../channel/channel.ts'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'

const following = (version: number, value: object) => joinReply({ state: { version, value } })

function changed(version: number, fields: object) {
  const base = { type: 'state', channel: 'room:1', set: {}, delete: [], from: null, op_id: null }
  return { ...base, version, ...fields }
}

async function createShared(value: object = {}, options: ChannelOptions = {}) {
  const world = createWorld()
  const { socket, channel } = await world.join({ state: true, ...options }, following(1, value))
  return { ...world, socket, channel, state: channel.state }
}

it('asks for the state, with what it begins with', async () => {
  const { client, connect } = createWorld()
  void client.channel('room:1', { state: true, initialState: { title: 'Untitled' } }).subscribe()
  const socket = await connect()
  expect(socket.take('subscribe')).toMatchObject({
    state: true,
    initial_state: { title: 'Untitled' },
  })
})

it('shows the state, then what others change', async () => {
  const { socket, state } = await createShared({ a: 1, b: 2 })
  expect([state.value(), state.version()]).toEqual([{ a: 1, b: 2 }, 1])
  socket.deliver(changed(2, { set: { b: 3, c: 4 }, delete: ['a'] }))
  expect([state.value(), state.version()]).toEqual([{ b: 3, c: 4 }, 2])
})

it('shows an own change at once and resolves with its version', async () => {
  const { socket, state } = await createShared({ a: 1 })
  const change = state.set('a', 2)
  expect([state.value(), state.version(), state.pending()]).toEqual([{ a: 2 }, 1, 1])
  const frame = socket.take('state')
  expect(frame).toMatchObject({ channel: 'room:1', set: { a: 2 } })
  socket.deliver(changed(2, { set: { a: 2 }, op_id: frame.op_id }))
  await expect(change).resolves.toBe(2)
  socket.reply(frame, { version: 2 })
  expect([state.value(), state.version(), state.pending()]).toEqual([{ a: 2 }, 2, 0])
})

it('shows an own change throughout, also when its answer comes before it', async () => {
  const { socket, state } = await createShared({ a: 1 })
  const shown: unknown[] = []
  state.value.subscribe((value) => shown.push(value))
  const change = state.set('a', 2)
  const frame = socket.take('state')
  socket.reply(frame, { version: 3 })
  await expect(change).resolves.toBe(3)
  socket.deliver(changed(2, { set: { b: 1 } }))
  socket.deliver(changed(3, { set: { a: 2 }, op_id: frame.op_id }))
  expect(shown.map((value) => (value as { a: number }).a)).not.toContain(1)
  expect([state.value(), state.version()]).toEqual([{ a: 2, b: 1 }, 3])
  socket.deliver(changed(4, { set: { a: 4 } }))
  expect(state.value()).toEqual({ a: 4, b: 1 })
})

it('keeps an own change on top of what others change before it', async () => {
  const { socket, state } = await createShared({ a: 1 })
  void state.merge({ a: 'mine' })
  socket.deliver(changed(2, { set: { a: 'theirs', b: 'theirs' } }))
  expect(state.value()).toEqual({ a: 'mine', b: 'theirs' })
  const frame = socket.take('state')
  socket.deliver(changed(3, { set: { a: 'mine' }, op_id: frame.op_id }))
  socket.deliver(changed(4, { set: { a: 'later' } }))
  expect(state.value()).toEqual({ a: 'later', b: 'theirs' })
})

it('takes back what the server refuses, and goes on with what follows', async () => {
  const { socket, state } = await createShared({ a: 1 })
  const refused = state.set('a', 2)
  void state.set('b', 3)
  expect(state.value()).toEqual({ a: 2, b: 3 })
  socket.refuse(socket.take('state'), 'too_large')
  await expect(refused).rejects.toMatchObject({ code: 'too_large' })
  expect(state.value()).toEqual({ a: 1, b: 3 })
  expect(socket.take('state')).toMatchObject({ set: { b: 3 } })
})

it('sends one change at a time, in their order', async () => {
  const { socket, state } = await createShared()
  void state.set('a', 1)
  void state.delete('a', 'b')
  const first = socket.take('state')
  expect(socket.has('state')).toBe(false)
  socket.reply(first, { version: 2 })
  const second = socket.take('state')
  expect(second).toMatchObject({ delete: ['a', 'b'] })
  expect(second).not.toHaveProperty('set')
})

it('sends a change again, with its id, when its answer was lost', async () => {
  const { comeBack, socket, state } = await createShared({ a: 1 })
  const change = state.set('a', 2)
  const lost = socket.take('state')
  const back = await comeBack()
  expect(state.value(), 'still shown').toEqual({ a: 2 })
  expect(back.socket.has('state'), 'not before the join').toBe(false)
  back.socket.reply(back.subscribe, following(3, { a: 'theirs' }))
  expect(state.value()).toEqual({ a: 2 })
  const again = back.socket.take('state')
  expect(again.op_id).toBe(lost.op_id)
  back.socket.reply(again, { version: 2 })
  await expect(change).resolves.toBe(2)
  expect(state.value(), 'somebody else was later').toEqual({ a: 'theirs' })
})

it('waits with changes that are made without a connection', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1', { state: true })
  void channel.subscribe()
  const change = channel.state.set('a', 1)
  expect(channel.state.value()).toEqual({ a: 1 })
  const socket = await connect()
  socket.reply(socket.take('subscribe'), following(0, {}))
  const frame = socket.take('state')
  socket.reply(frame, { version: 1 })
  await expect(change).resolves.toBe(1)
})

it('tries again later where the server asks for it', async () => {
  const { clock, socket, state } = await createShared()
  const change = state.set('a', 1)
  socket.refuse(socket.take('state'), 'rate_limited', { retry_after_ms: 700 })
  await clock.advance(699)
  expect(socket.has('state')).toBe(false)
  await clock.advance(1)
  socket.reply(socket.take('state'), { version: 2 })
  await expect(change).resolves.toBe(2)
})

it('joins again for a new snapshot when a change is missing', async () => {
  const { socket, state } = await createShared({ a: 1 })
  socket.deliver(changed(3, { set: { b: 2 } }))
  expect(state.value()).toEqual({ a: 1 })
  socket.reply(socket.take('subscribe'), following(3, { a: 9, b: 2 }))
  expect([state.value(), state.version()]).toEqual([{ a: 9, b: 2 }, 3])
})

it('ignores a change that the snapshot already holds', async () => {
  const { socket, state } = await createShared({ a: 1 })
  socket.deliver(changed(1, { set: { a: 'old' } }))
  expect(state.value()).toEqual({ a: 1 })
})

it.each([
  ['a key that would change more than the object', { set: JSON.parse('{"__proto__":1}') }],
  ['such a key inside', { set: { a: JSON.parse('{"constructor":1}') } }],
  ['no key at all', {}],
  ['what JSON cannot carry', { set: { a: 1n as unknown as number } }],
])('refuses %s before it is sent', async (_, change) => {
  const { socket, state } = await createShared({ a: 1 })
  await expect(state.change(change)).rejects.toMatchObject({ code: 'invalid_payload' })
  expect(state.value()).toEqual({ a: 1 })
  expect(socket.has('state')).toBe(false)
})

it('is not changed by what happens to the object it was given', async () => {
  const { socket, state } = await createShared()
  const point = { x: 1 }
  void state.set('point', point)
  point.x = 2
  expect(state.value()).toEqual({ point: { x: 1 } })
  expect(socket.take('state')).toMatchObject({ set: { point: { x: 1 } } })
})

it('takes everything back and rejects when the client disconnects', async () => {
  const { client, state } = await createShared({ a: 1 })
  const change = state.set('a', 2)
  client.disconnect()
  await expect(change).rejects.toMatchObject({ code: 'unavailable' })
  expect([state.value(), state.pending()]).toEqual([{ a: 1 }, 0])
})

it('forgets the state of a channel that was left', async () => {
  const { channel, state } = await createShared({ a: 1 })
  void channel.unsubscribe()
  expect([state.value(), state.version()]).toEqual([{}, 0])
})

it('asks for a version, and tells when it is another', async () => {
  const { socket, state } = await createShared({ a: 1 })
  const change = state.change({ set: { a: 2 }, ifVersion: 1 })
  const frame = socket.take('state')
  expect(frame).toMatchObject({ if_version: 1 })
  socket.refuse(frame, 'conflict', { version: 5 })
  await expect(change).rejects.toMatchObject({ code: 'conflict', details: { version: 5 } })
})
