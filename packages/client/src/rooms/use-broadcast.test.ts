import { expect, expectTypeOf, it } from 'vitest'
import { createRoomsWorld } from '../scripted/scripted-rooms.ts'
import { eventAt } from '../scripted/scripted-world.ts'
import { type UseBroadcastOptions, useBroadcast } from './use-broadcast.ts'

interface Notice {
  readonly text: string
}

async function listen(options: Partial<UseBroadcastOptions> = {}) {
  const world = createRoomsWorld()
  const notices = useBroadcast<Notice>({
    client: world.client,
    room: '1',
    channel: 'notices',
    ...options,
  })
  const { socket, subscribe } = await world.join()
  const hear = (payload: unknown, fields: object = {}) =>
    socket.deliver(eventAt(undefined, { event: 'broadcast:notices', payload, ...fields }))
  return { ...world, notices, socket, subscribe, hear }
}

const timestamp = Date.UTC(2026, 0, 1)

it('keeps what was broadcast, oldest first, with the time of the server', async () => {
  const { notices, hear, subscribe } = await listen()
  expect(subscribe).not.toHaveProperty('presence')
  expect(notices.lastMessage()).toBeNull()
  hear({ text: 'one', timestamp: 'the sender says so' })
  const [first] = notices.history()
  hear({ text: 'two' })
  expect(notices.history()).toEqual([
    { text: 'one', timestamp },
    { text: 'two', timestamp },
  ])
  expect(notices.history()[0]).toBe(first)
  expect(notices.lastMessage()).toEqual({ text: 'two', timestamp })
  expectTypeOf(notices.lastMessage()?.timestamp).toEqualTypeOf<number | undefined>()
})

it.each([null, 7, 'text', [1, { text: 'x' }]])('keeps %j as it is', async (payload) => {
  const { notices, hear } = await listen()
  hear(payload)
  expect(notices.history()).toEqual([payload])
})

it('hears its own room and channel only', async () => {
  const { client, notices, hear } = await listen()
  const other = useBroadcast({ client, room: '1', channel: 'typing' })
  hear({ text: 'no' }, { event: 'broadcast:typing' })
  hear({ text: 'no' }, { event: 'notices' })
  hear({ text: 'no' }, { channel: 'room:2' })
  expect(notices.history()).toEqual([])
  expect(other.history()).toEqual([{ text: 'no', timestamp }])
})

it('sends to the room under the name of the channel', async () => {
  const { notices, socket } = await listen()
  const sent = notices.broadcast({ text: 'hi' })
  const publish = socket.take('publish')
  expect(publish).toMatchObject({
    channel: 'room:1',
    event: 'broadcast:notices',
    payload: { text: 'hi' },
  })
  expect(publish).not.toHaveProperty('echo')
  socket.reply(publish)
  await sent
})

it('keeps the newest hundred, or as many as it is told', async () => {
  const { notices, hear } = await listen()
  for (let n = 1; n <= 105; n += 1) hear(n)
  expect(notices.history()).toHaveLength(100)
  expect(notices.history()[0]).toBe(6)
  const short = await listen({ historySize: 2 })
  for (let n = 1; n <= 5; n += 1) short.hear(n)
  expect(short.notices.history()).toEqual([4, 5])
})

it('forgets when told to', async () => {
  const { notices, hear } = await listen()
  hear({ text: 'one' })
  notices.clear()
  expect(notices.history()).toEqual([])
  expect(notices.lastMessage()).toBeNull()
})

it('neither receives nor sends after leaving', async () => {
  const { clock, notices, hear, socket } = await listen()
  notices.leave()
  hear({ text: 'late' })
  await expect(notices.broadcast({ text: 'late' })).rejects.toMatchObject({ code: 'not_member' })
  await clock.settle()
  expect(notices.history()).toEqual([])
  expect(socket.has('publish')).toBe(false)
  expect(socket.has('unsubscribe')).toBe(true)
})

it('takes no stranger for its prototype', async () => {
  const { notices, hear, newest } = await listen()
  hear({})
  newest().deliver(
    JSON.stringify(eventAt(undefined, { event: 'broadcast:notices', payload: 'P' })).replace(
      '"P"',
      '{"__proto__":{"isAdmin":true}}',
    ),
  )
  expect(notices.lastMessage()).not.toHaveProperty('isAdmin')
  expect(Object.assign({}, notices.lastMessage())).not.toHaveProperty('isAdmin')
})

it.each([
  [{ channel: '' }, /^channel: "" is not allowed; expected 1 to 90 characters/],
  [{ channel: 'x'.repeat(91) }, /^channel: /],
  [{ historySize: 0 }, /^historySize: 0 is not allowed/],
  [{ historySize: 1.5 }, /^historySize: /],
])('names the option that is wrong: %j', (options, message) => {
  const { client } = createRoomsWorld()
  expect(() => useBroadcast({ client, room: '1', channel: 'c', ...options })).toThrow(message)
})
