import { expect, it } from 'vitest'
import { createRoomsWorld, presenceChange, presenceEntry } from '../scripted/scripted-rooms.ts'
import { eventAt, joinReply } from '../scripted/scripted-world.ts'
import type { RealtimeMessage } from './realtime-message.ts'
import { usePresence } from './use-presence.ts'
import { WebSocketClient } from './websocket-client.ts'
import type { ConnectionClosed } from './websocket-client-options.ts'

it('tells where it stands, by a signal and by calls', async () => {
  const calls: (string | ConnectionClosed)[] = []
  const { client, connect, newest } = createRoomsWorld({
    onOpen: () => calls.push('open'),
    onClose: (event) => calls.push(event),
    onError: ({ code }) => calls.push(code),
  })
  const heard: string[] = []
  expect(client.status()).toBe('disconnected')
  client.status.subscribe((status) => heard.push(status))
  await connect()
  newest().end(1006)
  expect(heard).toEqual(['connecting', 'connected', 'reconnecting'])
  client.disconnect()
  expect(heard.at(-1)).toBe('disconnected')
  expect(calls).toEqual([
    'open',
    'unavailable',
    { code: 1006, reason: 'the connection closed with 1006', willReconnect: true },
  ])
})

it('says that it closed when told to, and connects again when told to', async () => {
  const closed: ConnectionClosed[] = []
  const { client, connect } = createRoomsWorld({ onClose: (event) => closed.push(event) })
  await connect()
  client.disconnect()
  expect(closed).toEqual([{ code: 1000, reason: '', willReconnect: false }])
  await connect()
  expect(client.status()).toBe('connected')
})

it('is disconnected, and stays so, when the server refuses it', async () => {
  const { client, clock, connect, newest, problems } = createRoomsWorld()
  await connect()
  newest().end(4503, 'kicked')
  await clock.advance(60_000)
  expect(client.status()).toBe('disconnected')
  expect(problems).toEqual(['the connection closed with 4503: kicked'])
})

it('waits for the next attempt as long as its options say', async () => {
  const { client, chance, clock, connect, newest, sockets } = createRoomsWorld({
    reconnectDelay: 200,
    maxReconnectDelay: 400,
    reconnectAttempts: 3,
  })
  chance.next = 0.999
  await connect()
  const madeAt: number[] = []
  let before = clock.elapsed()
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const count = sockets.length
    newest().end()
    await clock.until(() => sockets.length > count)
    madeAt.push(clock.elapsed() - before)
    before = clock.elapsed()
  }
  expect(madeAt).toEqual([200, 400, 400])
  newest().end()
  expect(client.status()).toBe('disconnected')
})

it('does not connect again when told not to', async () => {
  const { client, connect, newest } = createRoomsWorld({ reconnect: false })
  await connect()
  newest().end()
  expect(client.status()).toBe('disconnected')
})

it('asks a silent server whether it is there after the interval of its heartbeat', async () => {
  const { clock, connect } = createRoomsWorld({ heartbeatInterval: 5_000 })
  const socket = await connect()
  await clock.advance(4_999)
  expect(socket.has('ping')).toBe(false)
  await clock.advance(1)
  expect(socket.has('ping')).toBe(true)
})

it('offers its subprotocols beside the one it speaks', async () => {
  const { connect } = createRoomsWorld({ protocols: ['v1', 'v2'] })
  expect((await connect()).protocols).toEqual(['coterie.v1', 'v1', 'v2'])
  const one = createRoomsWorld({ protocols: 'v1' })
  expect((await one.connect()).protocols).toEqual(['coterie.v1', 'v1'])
})

it('authenticates with its token', async () => {
  const { client, clock, newest } = createRoomsWorld({ token: 't-1' })
  client.connect()
  await clock.settle()
  newest().welcome({ user_id: null })
  newest().reply(newest().take('auth'), { user_id: 'ada' })
  expect(client.userId()).toBe('ada')
})

it.each([
  [{ reconnectDelay: 0 }, /^reconnectDelay: 0 is not allowed/],
  [
    { reconnectDelay: 500, maxReconnectDelay: 100 },
    /^maxReconnectDelay: 100 .*reconnectDelay \(500\)/,
  ],
  [{ heartbeatInterval: -1 }, /^heartbeatInterval: -1 is not allowed/],
  [{ url: 'gopher://x' }, /^url: /],
  [{ recconnect: true }, /^recconnect: no such option; known: .*heartbeatInterval/],
])('names the option that is wrong as the caller did: %j', (options, message) => {
  expect(() => new WebSocketClient({ url: 'ws://server.test', ...options })).toThrow(message)
})

it('hands over what comes from its rooms: by type, to all, and as the last message', async () => {
  const { client, join } = createRoomsWorld()
  client.room('1').enter({})
  const payloads: unknown[] = []
  const types: string[] = []
  const off = client.on('chat:message', (payload) => payloads.push(payload.text))
  client.onMessage = ({ type }) => types.push(type)
  expect(client.lastMessage()).toBeNull()
  const { socket } = await join()
  socket.deliver(
    eventAt('e:1', { event: 'chat:message', payload: { text: 'hi', from: 'mallory' } }),
  )
  socket.deliver(eventAt('e:2', { event: 'draw' }))
  off()
  socket.deliver(eventAt('e:3', { event: 'chat:message', payload: { text: 'no' }, from: null }))
  expect(payloads).toEqual(['hi'])
  expect(types).toEqual(['chat:message', 'draw', 'chat:message'])
  expect(client.lastMessage()).toEqual({
    type: 'chat:message',
    payload: { text: 'no' },
    room: '1',
    timestamp: Date.UTC(2026, 0, 1),
  })
})

it('says who sent a message and when by the word of the server alone', async () => {
  const messages: RealtimeMessage[] = []
  const { client, join } = createRoomsWorld({ onMessage: (message) => messages.push(message) })
  client.room('1').enter({})
  const { socket } = await join()
  const payload = { from: 'mallory', timestamp: 0, room: 'other' }
  socket.deliver(eventAt('e:1', { event: 'm', payload }))
  socket.deliver(eventAt('e:2', { event: 'm', payload, from: {}, timestamp: 'soon' }))
  const fact = { type: 'm', payload, room: '1' }
  expect(messages).toEqual([{ ...fact, from: 'bob', timestamp: Date.UTC(2026, 0, 1) }, fact])
})

it('goes on with the others when a handler throws, and reports the error', async () => {
  const { client, join, errors } = createRoomsWorld()
  client.room('1').enter({})
  client.on('message', () => {
    throw new Error('handler')
  })
  const heard: unknown[] = []
  client.on('message', (payload) => heard.push(payload))
  client.onMessage = () => {
    throw new Error('onMessage')
  }
  const { socket } = await join()
  socket.deliver(eventAt('e:1'))
  socket.deliver(eventAt('e:2'))
  expect(heard).toEqual(['e:1', 'e:2'])
  expect(errors).toHaveLength(4)
})

it('sends to a room, and keeps what is sent without a connection until there is one', async () => {
  const { client, connect, takeJoin } = createRoomsWorld()
  client.room('1').enter({})
  const sent = client.send('chat:message', { text: 'early' }, '1')
  const socket = await connect()
  expect(socket.has('publish')).toBe(false)
  await takeJoin()
  const publish = socket.take('publish')
  expect(publish).toMatchObject({
    channel: 'room:1',
    event: 'chat:message',
    payload: { text: 'early' },
  })
  socket.reply(publish)
  await sent
})

it('keeps only so much without a connection', async () => {
  const { client, problems, clock } = createRoomsWorld()
  for (let n = 0; n < 1_000; n += 1) void client.send('m', n, '1')
  await expect(client.send('m', 'one more', '1')).rejects.toMatchObject({ code: 'limit_exceeded' })
  await clock.settle()
  expect(problems).toEqual(['too many publishes wait for an answer'])
})

it('tells of a refused message by the promise, and by `onError` to who does not look', async () => {
  const { client, clock, connect, problems } = createRoomsWorld()
  const socket = await connect()
  const sent = client.send('m', null, '1')
  const refused = expect(sent).rejects.toMatchObject({ code: 'not_member' })
  socket.refuse(socket.take('publish'), 'not_member')
  await refused
  await clock.settle()
  expect(problems).toEqual(['refused: not_member'])
})

it('says where a message should go when it is told a room that cannot be', () => {
  const { client } = createRoomsWorld()
  for (const id of ['', '*', 'a b', 'a:', '#']) {
    expect(() => client.send('m', null, id)).toThrow(/^room: .* is not allowed; expected segments/)
  }
})

it('enters its rooms again after a cut and after a new start, from where they were', async () => {
  const { client, clock, join, newest, connect, reconnected } = createRoomsWorld()
  client.room('1').enter({})
  await join({ position: 'e:4' })
  newest().end()
  const next = await reconnected()
  const again = next.take('subscribe')
  expect(again).toMatchObject({ channel: 'room:1', since: 'e:4' })
  next.reply(again, joinReply({ position: 'e:4', recovered: true }))
  client.disconnect()
  await clock.settle()
  expect((await connect()).take('subscribe')).toMatchObject({ since: 'e:4' })
})

it('asks again for refused rooms when `connect` is called again', async () => {
  const { client, clock, connect, takeJoin } = createRoomsWorld()
  const room = client.room('1')
  room.enter({})
  const socket = await connect()
  socket.refuse(socket.take('subscribe'), 'forbidden')
  client.connect()
  await clock.settle()
  expect(socket.has('subscribe')).toBe(false)
  client.disconnect()
  await connect()
  await takeJoin()
  expect(room.isOpen()).toBe(true)
})

it('tells once of each user who comes and goes, and not of those who were there', async () => {
  const { client, join, clock } = createRoomsWorld()
  const heard: unknown[] = []
  client.on('user_joined', (payload, { room }) => heard.push(['joined', payload, room]))
  client.on('user_left', (payload) => heard.push(['left', payload]))
  const presence = usePresence({ client, room: '1', user: { id: 'ada' } })
  const { socket } = await join()
  expect(heard).toEqual([])
  socket.deliver(presenceChange({ joins: [presenceEntry('eve')] }))
  socket.deliver(presenceChange({ updates: [presenceEntry('eve', { status: 'away' })] }))
  socket.deliver(presenceChange({ leaves: [{ user_id: 'bob', connection_id: 'c-bob' }] }))
  expect(heard).toEqual([
    ['joined', { user_id: 'eve' }, '1'],
    ['left', { user_id: 'bob' }],
  ])
  presence.leave()
  await clock.settle()
  expect(heard).toHaveLength(2)
})
