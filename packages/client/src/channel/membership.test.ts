import type { ChannelEvent } from '@coterie/protocol'
import { expect, it } from 'vitest'
import { createWorld, eventAt, eventsBetween, joinReply } from '../scripted/scripted-world.ts'
import type { Channel } from './channel.ts'

function positionsOf(channel: Channel): (string | undefined)[] {
  const positions: (string | undefined)[] = []
  channel.onAny(({ position }) => positions.push(position))
  return positions
}

it('joins when the server says so, with what it was told to ask for', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1', { recent: 20, password: 'pw', presence: 'follow' })
  expect(channel.status()).toBe('idle')
  const joined = channel.subscribe()
  expect(channel.status()).toBe('joining')
  const socket = await connect()
  const subscribe = socket.take('subscribe')
  expect(subscribe).toEqual({
    type: 'subscribe',
    id: expect.any(String),
    channel: 'room:1',
    recent: 20,
    password: 'pw',
    presence: 'follow',
  })
  expect(channel.status()).toBe('joining')
  socket.reply(subscribe, joinReply())
  await joined
  expect(channel.status()).toBe('joined')
})

it('is the same object for the same name, and joins once however often it is asked', async () => {
  const { client, join } = createWorld()
  const { socket, channel } = await join()
  expect(client.channel('room:1')).toBe(channel)
  await channel.subscribe()
  expect(socket.has('subscribe')).toBe(false)
})

it('hands events over in order, by name and to those who want all', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  const heard: string[] = []
  const off = channel.on('message', ({ id }) => heard.push(`message ${id}`))
  channel.onAny(({ event, id }) => heard.push(`any ${event} ${id}`))
  socket.deliver(eventAt('e:1'))
  socket.deliver(eventAt('e:2', { event: 'edit' }))
  off()
  socket.deliver(eventAt('e:3'))
  expect(heard).toEqual([
    'message id-e:1',
    'any message id-e:1',
    'any edit id-e:2',
    'any message id-e:3',
  ])
})

it('gives handlers the event without its frame type', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  const events: ChannelEvent[] = []
  channel.onAny((event) => events.push(event))
  const { type: _, ...event } = eventAt('e:1')
  socket.deliver(eventAt('e:1'))
  expect(events).toEqual([event])
})

it('goes on when a handler throws, and reports the error', async () => {
  const { join, errors } = createWorld()
  const { socket, channel } = await join()
  channel.on('message', () => {
    throw new Error('handler')
  })
  const heard = positionsOf(channel)
  socket.deliver(eventAt('e:1'))
  expect(heard).toEqual(['e:1'])
  expect(errors).toEqual([new Error('handler')])
})

it('hands the events of the reply over before live ones that came earlier', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1', { recent: 2 })
  const heard = positionsOf(channel)
  const joined = channel.subscribe()
  const socket = await connect()
  socket.deliver(eventAt('e:3'))
  socket.deliver(eventAt('e:4'))
  expect(heard).toEqual([])
  socket.reply(
    socket.take('subscribe'),
    joinReply({ position: 'e:3', events: eventsBetween(2, 3) }),
  )
  await joined
  expect(heard).toEqual(['e:2', 'e:3', 'e:4'])
})

it('resumes from the last position it saw, and sees nothing twice', async () => {
  const { join, comeBack, clock } = createWorld()
  const { socket: first, channel } = await join({ recent: 10 }, joinReply({ position: 'e:5' }))
  const heard = positionsOf(channel)
  first.deliver(eventAt('e:6'))
  first.deliver(eventAt('e:6'))
  const { socket, subscribe } = await comeBack()
  expect(channel.status()).toBe('joining')
  expect(subscribe).toMatchObject({ since: 'e:6', recent: 10 })
  socket.reply(
    subscribe,
    joinReply({ recovered: true, position: 'e:8', events: eventsBetween(6, 8) }),
  )
  socket.deliver(eventAt('e:8'))
  socket.deliver(eventAt('e:9'))
  await clock.settle()
  expect(heard).toEqual(['e:6', 'e:7', 'e:8', 'e:9'])
  expect(channel.status()).toBe('joined')
})

it('resumes from an empty log too', async () => {
  const { join, comeBack } = createWorld()
  await join({}, joinReply({ position: 'e:0' }))
  expect((await comeBack()).subscribe.since).toBe('e:0')
})

it('asks for nothing missed on a channel without history', async () => {
  const { join, comeBack } = createWorld()
  const { socket: first, channel } = await join({}, joinReply({ position: null }))
  const heard = positionsOf(channel)
  const resets: unknown[] = []
  channel.onReset((reset) => resets.push(reset))
  first.deliver(eventAt(undefined))
  const { socket, subscribe } = await comeBack()
  expect(subscribe).not.toHaveProperty('since')
  socket.reply(subscribe, joinReply({ position: null }))
  socket.deliver(eventAt(undefined))
  expect(heard).toEqual([undefined, undefined])
  expect(resets).toEqual([])
})

it.each(['unknown_epoch', 'trimmed'])('starts afresh when the log is lost (%s)', async (reason) => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard: string[] = []
  channel.onReset((reset) => heard.push(`reset ${reset.reason}`))
  channel.onAny(({ position }) => heard.push(`${position}`))
  const { socket, subscribe } = await comeBack()
  socket.deliver(eventAt('f:3'))
  socket.reply(subscribe, joinReply({ reason, position: 'f:2', events: eventsBetween(1, 2, 'f') }))
  expect(heard).toEqual([`reset ${reason}`, 'f:1', 'f:2', 'f:3'])
  expect((await comeBack()).subscribe.since).toBe('f:3')
})

it('pages through the log when it missed too many for one reply', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard = positionsOf(channel)
  const { socket, subscribe } = await comeBack()
  const events = eventsBetween(10, 10)
  socket.reply(subscribe, joinReply({ reason: 'too_many', position: 'e:10', events }))
  socket.deliver(eventAt('e:11'))
  const page = socket.take('history')
  expect(page).toMatchObject({ channel: 'room:1', since: 'e:5', limit: 200 })
  socket.reply(page, { events: eventsBetween(6, 8), position: 'e:11' })
  expect(channel.status()).toBe('joining')
  const next = socket.take('history')
  expect(next.since).toBe('e:8')
  socket.reply(next, { events: eventsBetween(9, 10), position: 'e:11' })
  expect(heard).toEqual(['e:6', 'e:7', 'e:8', 'e:9', 'e:10', 'e:11'])
  expect(channel.status()).toBe('joined')
})

it('asks for a page again when the server cannot give it at the moment', async () => {
  const { clock, join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard = positionsOf(channel)
  const { socket, subscribe } = await comeBack()
  socket.reply(subscribe, joinReply({ reason: 'too_many', position: 'e:7' }))
  socket.refuse(socket.take('history'), 'unavailable', { retry_after_ms: 700 })
  socket.deliver(eventAt('e:8'))
  await clock.advance(700)
  const again = socket.take('history')
  expect(again.since).toBe('e:5')
  socket.reply(again, { events: eventsBetween(6, 8), position: 'e:8' })
  expect(heard).toEqual(['e:6', 'e:7', 'e:8'])
  expect(channel.status()).toBe('joined')
})

it('goes on paging after another cut from where it was', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard = positionsOf(channel)
  const back = await comeBack()
  back.socket.reply(back.subscribe, joinReply({ reason: 'too_many', position: 'e:9' }))
  back.socket.reply(back.socket.take('history'), { events: eventsBetween(6, 7), position: 'e:9' })
  const { socket, subscribe } = await comeBack()
  expect(subscribe.since).toBe('e:7')
  socket.reply(
    subscribe,
    joinReply({ recovered: true, position: 'e:9', events: eventsBetween(8, 9) }),
  )
  expect(heard).toEqual(['e:6', 'e:7', 'e:8', 'e:9'])
})

it.each([
  ['is refused', undefined],
  ['is empty', []],
  ['starts behind a hole', eventsBetween(7, 9)],
  ['is of another epoch', eventsBetween(6, 9, 'f')],
  ['leads nowhere', eventsBetween(4, 5)],
])('starts afresh when a page %s', async (_, events) => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard: string[] = []
  channel.onReset(({ reason }) => heard.push(`reset ${reason}`))
  channel.onAny(({ position }) => heard.push(`${position}`))
  const { socket, subscribe } = await comeBack()
  const fresh = eventsBetween(8, 9)
  socket.reply(subscribe, joinReply({ reason: 'too_many', position: 'e:9', events: fresh }))
  socket.deliver(eventAt('e:10'))
  const page = socket.take('history')
  if (events) socket.reply(page, { events, position: 'e:10' })
  else socket.refuse(page, 'forbidden')
  expect(heard).toEqual(['reset too_many', 'e:8', 'e:9', 'e:10'])
  expect(channel.status()).toBe('joined')
})

it('stops paging when a cut or a handler ends it', async () => {
  const { clock, join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:5' }))
  const resets: unknown[] = []
  channel.onReset((reset) => resets.push(reset))
  const tooMany = joinReply({ reason: 'too_many', position: 'e:9' })
  const first = await comeBack()
  first.socket.reply(first.subscribe, tooMany)
  first.socket.refuse(first.socket.take('history'), 'unavailable', { retry_after_ms: 2_000 })
  const { socket, subscribe } = await comeBack()
  socket.reply(subscribe, tooMany)
  const page = socket.take('history')
  await clock.advance(2_000)
  expect(socket.has('history')).toBe(false)
  channel.on('message', () => void channel.unsubscribe())
  socket.reply(page, { events: eventsBetween(6, 8), position: 'e:9' })
  expect(socket.has('history')).toBe(false)
  expect(resets).toEqual([])
  expect(channel.status()).toBe('idle')
})

it('hands over again what it had, when it starts afresh behind a hole', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard: string[] = []
  channel.onReset(({ reason }) => heard.push(`reset ${reason}`))
  channel.onAny(({ position }) => heard.push(`${position}`))
  const { socket, subscribe } = await comeBack()
  const events = eventsBetween(6, 9)
  socket.reply(subscribe, joinReply({ reason: 'too_many', position: 'e:9', events }))
  socket.reply(socket.take('history'), { events: eventsBetween(6, 7), position: 'e:9' })
  socket.reply(socket.take('history'), { events: [], position: 'e:9' })
  const afresh = ['reset too_many', 'e:6', 'e:7', 'e:8', 'e:9']
  expect(heard).toEqual(['e:6', 'e:7', ...afresh])
})

it('is refused for good when the server says never', async () => {
  const { client, connect, comeBack, newest } = createWorld()
  const channel = client.channel('room:1', { password: 'wrong' })
  const joined = channel.subscribe()
  const socket = await connect()
  socket.refuse(socket.take('subscribe'), 'wrong_password')
  await expect(joined).rejects.toMatchObject({ code: 'wrong_password' })
  expect(channel.status()).toBe('refused')
  expect(channel.error()?.code).toBe('wrong_password')
  await expect(comeBack()).rejects.toThrow('the client sent no subscribe')

  const again = client.channel('room:1', { password: 'right' }).subscribe()
  const subscribe = newest().take('subscribe')
  expect(subscribe.password).toBe('right')
  newest().reply(subscribe, joinReply())
  await again
  expect(channel.error()).toBeNull()
})

it('asks again when the server says later', async () => {
  const { client, clock, connect } = createWorld()
  const channel = client.channel('room:1')
  const joined = channel.subscribe()
  const socket = await connect()
  socket.refuse(socket.take('subscribe'), 'rate_limited', { retry_after_ms: 3_000 })
  await clock.advance(2_999)
  expect(socket.has('subscribe')).toBe(false)
  await clock.advance(1)
  socket.reply(socket.take('subscribe'), joinReply())
  await joined
})

it('asks again when no reply comes', async () => {
  const { client, clock, connect } = createWorld()
  void client.channel('room:1').subscribe()
  const socket = await connect()
  socket.take('subscribe')
  await clock.advance(11_000)
  expect(socket.has('subscribe')).toBe(true)
})

it('is refused, with the code, when the server ends the membership', async () => {
  const { join, comeBack } = createWorld()
  const { socket, channel } = await join()
  const heard = positionsOf(channel)
  socket.deliver({ type: 'unsubscribed', channel: 'room:1', code: 'kicked', reason: 'be nice' })
  expect(channel.status()).toBe('refused')
  expect(channel.error()).toMatchObject({
    code: 'forbidden',
    message: 'be nice',
    details: { code: 'kicked' },
  })
  socket.deliver(eventAt('e:1'))
  expect(heard).toEqual([])
  await expect(comeBack()).rejects.toThrow('the client sent no subscribe')
})

it('leaves, hears nothing more, and starts afresh when it joins again', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard = positionsOf(channel)
  const left = channel.unsubscribe()
  expect(channel.status()).toBe('idle')
  socket.deliver(eventAt('e:6'))
  socket.reply(socket.take('unsubscribe'), { channel: 'room:1' })
  await left
  await channel.unsubscribe()
  expect(socket.has('unsubscribe')).toBe(false)
  void channel.subscribe()
  const subscribe = socket.take('subscribe')
  expect(subscribe).not.toHaveProperty('since')
  socket.reply(subscribe, joinReply({ position: 'e:6' }))
  await clock.settle()
  expect(heard).toEqual([])
})

it('tells who waits for a join that it was left before', async () => {
  const { client } = createWorld()
  const joined = client.channel('room:1').subscribe()
  await client.channel('room:1').unsubscribe()
  await expect(joined).rejects.toMatchObject({ code: 'unavailable' })
})

it('stops in the middle of a replay when a handler leaves', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1')
  const heard = positionsOf(channel)
  channel.onAny(() => void channel.unsubscribe())
  void channel.subscribe()
  const socket = await connect()
  const events = eventsBetween(1, 3)
  socket.reply(socket.take('subscribe'), joinReply({ position: 'e:3', events }))
  expect(heard).toEqual(['e:1'])
  expect(channel.status()).toBe('idle')
})

it('says goodbye when it disconnects, and resumes when it connects again', async () => {
  const { client, connect, join } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:5' }))
  client.disconnect()
  expect(socket.sent.at(-1)).toEqual({ type: 'unsubscribe', channel: 'room:1' })
  expect(socket.closedWith).toBe(1000)
  expect(channel.status()).toBe('idle')
  const next = await connect()
  const subscribe = next.take('subscribe')
  expect(subscribe.since).toBe('e:5')
  next.reply(subscribe, joinReply({ recovered: true, position: 'e:5' }))
  expect(channel.status()).toBe('joined')
})

it('tells who waits for a join that the client disconnected', async () => {
  const { client, connect } = createWorld()
  const joined = client.channel('room:1').subscribe()
  await connect()
  client.disconnect()
  await expect(joined).rejects.toMatchObject({ code: 'unavailable' })
})

it('hands over events of a channel that the server joined by itself', async () => {
  const { client, connect } = createWorld()
  const heard = positionsOf(client.channel('user:ada'))
  const socket = await connect()
  socket.deliver(eventAt('e:1', { channel: 'user:ada' }))
  expect(heard).toEqual(['e:1'])
})

it('hands events of a pattern to the pattern, each channel with its own positions', async () => {
  const { client, connect } = createWorld()
  const heard = positionsOf(client.channel('room:*'))
  void client.channel('room:*').subscribe()
  const socket = await connect()
  socket.reply(socket.take('subscribe'), joinReply({ channel: 'room:*', position: null }))
  socket.deliver(eventAt('e:7', { channel: 'room:1', pattern: 'room:*' }))
  socket.deliver(eventAt('e:2', { channel: 'room:2', pattern: 'room:*' }))
  expect(heard).toEqual(['e:7', 'e:2'])
})

it('reads the log as soon as it is connected', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1')
  const read = channel.history({ limit: 2, reverse: true })
  const socket = await connect()
  const history = socket.take('history')
  expect(history).toMatchObject({ channel: 'room:1', limit: 2, reverse: true })
  const events = eventsBetween(8, 9).reverse()
  socket.reply(history, { events: [...events, { broken: true }], position: 'e:9' })
  await expect(read).resolves.toEqual({ events, position: 'e:9' })
  const refused = channel.history()
  socket.refuse(socket.take('history'), 'forbidden')
  await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
})

it('does not wait for ever to read the log', async () => {
  const { client, clock } = createWorld({ replyTimeoutMs: 5_000 })
  const read = client.channel('room:1').history()
  const failed = expect(read).rejects.toMatchObject({ code: 'timeout' })
  await clock.advance(5_000)
  await failed
  client.connect()
  const waiting = client.channel('room:1').history()
  client.disconnect()
  await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
  await expect(client.channel('room:1').history()).rejects.toMatchObject({ code: 'unavailable' })
})

it('joins again from its position when more is asked for', async () => {
  const { client, join } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:3' }))
  client.channel('room:1', { presence: true })
  channel.rejoin()
  expect(channel.status()).toBe('joining')
  const subscribe = socket.take('subscribe')
  expect(subscribe).toMatchObject({ presence: true, since: 'e:3' })
  socket.reply(subscribe, joinReply({ position: 'e:3', recovered: true }))
  expect(channel.status()).toBe('joined')
})

it('does not join a channel that nobody subscribed because more is asked for', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  client.channel('room:1', { presence: true }).rejoin()
  expect(socket.has('subscribe')).toBe(false)
})
