import { expect, it } from 'vitest'
import { createRoomsWorld, presenceChange, presenceEntry } from '../scripted/scripted-rooms.ts'
import { eventAt, joinReply } from '../scripted/scripted-world.ts'
import { useCursors } from './use-cursors.ts'

const user = { id: 'me', name: 'Ada' }

function cursorOf(userId: string, payload: unknown, fields: object = {}) {
  return eventAt(undefined, {
    event: 'cursor',
    payload,
    from: { user_id: userId, connection_id: `c-${userId}` },
    ...fields,
  })
}

async function share(throttle?: number) {
  const world = createRoomsWorld()
  const cursors = useCursors({
    client: world.client,
    room: '1',
    user,
    ...(throttle !== undefined && { throttle }),
  })
  const { socket } = await world.join()
  return { ...world, ...cursors, socket }
}

it('shows where the others are, and who they are as the server knows', async () => {
  const { cursors, socket } = await share()
  socket.deliver(cursorOf('bob', { x: 1, y: 2, user: { id: 'ada' }, from: 'ada', timestamp: 0 }))
  expect(cursors()).toEqual([
    { x: 1, y: 2, timestamp: Date.UTC(2026, 0, 1), user: { id: 'bob', name: 'BOB' } },
  ])
  socket.deliver(cursorOf('bob', { x: 3, y: 4 }))
  expect(cursors()).toMatchObject([{ x: 3, y: 4 }])
})

it('never shows its own, nor that of its own other tab', async () => {
  const { cursors, socket } = await share()
  socket.deliver(cursorOf('ada', { x: 1, y: 2 }))
  expect(cursors()).toEqual([])
})

it('sends positions as volatile events, at most once in the interval, the last one always', async () => {
  const { broadcast, clock, socket } = await share()
  for (let x = 1; x <= 12; x += 1) {
    broadcast(x, 2 * x)
    await clock.advance(10)
  }
  await clock.advance(1_000)
  const frames = socket.sent.filter(({ type }) => type === 'publish')
  expect(frames.map(({ payload }) => payload)).toEqual([
    { x: 1, y: 2 },
    { x: 5, y: 10 },
    { x: 10, y: 20 },
    { x: 12, y: 24 },
  ])
  expect(frames[0]).toMatchObject({
    channel: 'room:1',
    event: 'cursor',
    volatile: true,
    key: 'cursor',
    echo: false,
  })
})

it('sends as often as it is told', async () => {
  const { broadcast, clock, socket } = await share(200)
  broadcast(1, 1)
  broadcast(2, 2)
  await clock.advance(199)
  expect(socket.sent.filter(({ type }) => type === 'publish')).toHaveLength(1)
  await clock.advance(1)
  expect(socket.sent.filter(({ type }) => type === 'publish')).toHaveLength(2)
})

it('sends the last position of a time without a connection when there is one', async () => {
  const { broadcast, clock, newest, reconnected, socket } = await share()
  socket.end()
  broadcast(1, 1)
  await clock.advance(100)
  broadcast(2, 2)
  const next = await reconnected()
  next.reply(next.take('subscribe'), joinReply())
  await clock.advance(100)
  const sent = newest().sent.filter(({ type }) => type === 'publish')
  expect(sent.map(({ payload }) => payload)).toEqual([{ x: 2, y: 2 }])
})

it('sends a last position again that was lost with the connection', async () => {
  const { broadcast, clock, newest, reconnected, socket } = await share()
  broadcast(1, 1)
  socket.take('publish')
  socket.end()
  const next = await reconnected()
  next.reply(next.take('subscribe'), joinReply())
  await clock.advance(1_000)
  expect(newest().take('publish').payload).toEqual({ x: 1, y: 1 })
})

it('does not send a position again that a newer one has replaced', async () => {
  const { broadcast, clock, socket } = await share()
  broadcast(1, 1)
  const first = socket.take('publish')
  await clock.advance(50)
  broadcast(2, 2)
  socket.reply(socket.take('publish'))
  socket.refuse(first, 'unavailable')
  await clock.advance(5_000)
  expect(socket.has('publish')).toBe(false)
})

it('lets a cursor vanish with its user, also when the user comes back', async () => {
  const { cursors, socket } = await share()
  socket.deliver(cursorOf('bob', { x: 1, y: 2 }))
  socket.deliver(presenceChange({ leaves: [{ user_id: 'bob', connection_id: 'c-bob' }] }))
  expect(cursors()).toEqual([])
  socket.deliver(presenceChange({ joins: [presenceEntry('bob')] }))
  expect(cursors()).toEqual([])
})

it('shows a position that came before the presence of its user, unless that took long', async () => {
  const { clock, cursors, socket } = await share()
  socket.deliver(cursorOf('eve', { x: 1, y: 2 }))
  socket.deliver(cursorOf('zoe', { x: 5, y: 5 }))
  expect(cursors()).toEqual([])
  socket.deliver(presenceChange({ joins: [presenceEntry('eve')] }))
  expect(cursors()).toMatchObject([{ x: 1, y: 2, user: { id: 'eve' } }])
  await clock.advance(6_000)
  socket.deliver(presenceChange({ updates: [presenceEntry('bob')] }))
  socket.deliver(presenceChange({ joins: [presenceEntry('zoe')] }))
  expect(cursors()).toMatchObject([{ user: { id: 'eve' } }])
})

it.each([null, 'x', [], [1, 2], {}, { x: 1 }, { x: '1', y: 2 }, { x: null, y: 0 }])(
  'does not take %j for a position',
  async (payload) => {
    const { cursors, errors, socket } = await share()
    socket.deliver(cursorOf('bob', payload))
    expect(cursors()).toEqual([])
    expect(errors).toEqual([])
  },
)

it('does not take an endless number for a position, nor one that nobody sent', async () => {
  const { cursors, socket } = await share()
  socket.deliver(JSON.stringify(cursorOf('bob', { x: 1, y: 7 })).replace('"y":7', '"y":1e999'))
  socket.deliver(cursorOf('bob', { x: 1, y: 1 }, { from: null }))
  expect(cursors()).toEqual([])
})

it('refuses to send what is not a position', async () => {
  const { broadcast } = await share()
  expect(() => broadcast(Number.NaN, 1)).toThrow('(NaN, 1) is not a position')
})

it('neither sends nor shows anything once it left', async () => {
  const { broadcast, clock, cursors, leave, socket } = await share()
  socket.deliver(cursorOf('bob', { x: 1, y: 2 }))
  broadcast(1, 1)
  broadcast(2, 2)
  leave()
  broadcast(3, 3)
  await clock.advance(5_000)
  expect(cursors()).toEqual([])
  expect(socket.sent.filter(({ type }) => type === 'publish')).toHaveLength(1)
  expect(socket.has('unsubscribe')).toBe(true)
})
