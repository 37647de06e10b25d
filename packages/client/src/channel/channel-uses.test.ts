import { expect, it } from 'vitest'
import { createRoomsWorld } from '../scripted/scripted-rooms.ts'
import { createWorld, eventAt, eventsBetween, joinReply } from '../scripted/scripted-world.ts'

const user = { id: 'me', name: 'Ada' }

it('is not left while another component uses it', async () => {
  const { client, join } = createWorld()
  const { socket, channel: first } = await join()
  const heard: unknown[] = []
  const second = client.channel('room:1')
  second.on('message', ({ position }) => heard.push(position))
  await second.subscribe()
  await first.unsubscribe()
  expect(socket.has('unsubscribe')).toBe(false)
  socket.deliver(eventAt('e:1'))
  expect(heard).toEqual(['e:1'])
  const left = second.unsubscribe()
  socket.reply(socket.take('unsubscribe'))
  await left
  expect(second.status()).toBe('idle')
})

it('counts a component once that subscribes again', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  await channel.subscribe()
  await channel.subscribe()
  void channel.unsubscribe()
  expect(socket.has('unsubscribe')).toBe(true)
})

it('is held by each use for itself, however often another is released', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  const channel = client.channel('room:1')
  const [first, second] = [channel.use(), channel.use()]
  socket.reply(socket.take('subscribe'), joinReply())
  await second.joined
  await first.release()
  await first.release()
  await channel.unsubscribe()
  expect([channel.status(), socket.has('unsubscribe')]).toEqual(['joined', false])
  await expect(first.ask({})).rejects.toMatchObject({ code: 'unavailable' })
  void second.release()
  expect([channel.status(), socket.has('unsubscribe')]).toEqual(['idle', true])
})

it('stays joined when one is released while the join is under way', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  const channel = client.channel('room:1')
  const first = channel.use()
  const second = channel.use()
  const subscribe = socket.take('subscribe')
  void first.release()
  socket.reply(subscribe, joinReply())
  await second.joined
  expect(socket.has('unsubscribe')).toBe(false)
})

it('keeps its users over a cut, and over disconnecting and connecting again', async () => {
  const { client, connect, comeBack, join } = createWorld()
  const { channel } = await join()
  const use = channel.use()
  const back = await comeBack()
  back.socket.reply(back.subscribe, joinReply({ recovered: true }))
  await channel.unsubscribe()
  client.disconnect()
  const socket = await connect()
  socket.reply(socket.take('subscribe'), joinReply({ recovered: true }))
  expect(channel.status()).toBe('joined')
  void use.release()
  expect(channel.status()).toBe('idle')
})

it('joins with what all who use it ask for', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  const channel = client.channel('room:1', { recent: 10, state: true })
  channel.use({ presence: 'follow', initialState: { title: 'first' } })
  channel.use({ state: false, presence: false, initialState: { title: 'second' } })
  client.channel('room:1', { state: false, recent: 5, password: 'pw' })
  void channel.subscribe()
  const frames = socket.sent.filter(({ type }) => type === 'subscribe')
  expect(frames.at(-1)).toMatchObject({
    recent: 10,
    state: true,
    presence: 'follow',
    initial_state: { title: 'first' },
    password: 'pw',
  })
})

it('joins again from its position when a later user asks for more', async () => {
  const { client, join } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:3' }))
  const later = client.channel('room:1', { state: true, presence: true })
  const joined = later.subscribe()
  const subscribe = socket.take('subscribe')
  expect(subscribe).toMatchObject({ since: 'e:3', state: true, presence: true })
  socket.reply(subscribe, joinReply({ position: 'e:3', recovered: true }))
  await joined
  await channel.unsubscribe()
  void client.channel('room:1', { state: false, presence: 'follow' }).subscribe()
  expect(socket.has('subscribe')).toBe(false)
})

it('is not refused for the password that one user did not have', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  const first = client.channel('room:1')
  const joined = first.subscribe()
  const without = socket.take('subscribe')
  void client.channel('room:1', { password: 'pw' }).subscribe()
  const subscribe = socket.take('subscribe')
  expect(subscribe).toMatchObject({ password: 'pw' })
  socket.refuse(without, 'wrong_password')
  socket.reply(subscribe, joinReply())
  await joined
  expect(first.error()).toBeNull()
})

it('keeps the password that opened it while it is used', async () => {
  const { client, join, comeBack } = createWorld()
  const { channel } = await join()
  const use = channel.use({ password: 'wrong' })
  client.channel('room:1', { password: 'worse' })
  void use.release()
  expect((await comeBack()).subscribe).not.toHaveProperty('password')
})

it('brings everybody back in who holds a use, when one of them opens what was refused', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  const channel = client.channel('room:1')
  const first = channel.use()
  socket.refuse(socket.take('subscribe'), 'wrong_password')
  await expect(first.joined).rejects.toMatchObject({ code: 'wrong_password' })
  const second = channel.use({ password: 'pw' })
  socket.reply(socket.take('subscribe'), joinReply())
  await second.joined
  await second.release()
  expect(channel.status()).toBe('joined')
  void first.release()
  expect(channel.status()).toBe('idle')
})

it('shows what a later user shows of themselves', async () => {
  const { client, join } = createWorld()
  const { socket } = await join({ presence: { data: { name: 'Ada' } } })
  void client.channel('room:1', { presence: { status: 'away' } }).subscribe()
  expect(socket.has('subscribe')).toBe(false)
  expect(socket.take('presence')).toMatchObject({ status: 'away', data: { name: 'Ada' } })
})

it('hands recent events to who asks for them on a joined channel, and to nobody else', async () => {
  const { client, clock, join } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:4' }))
  const [before, after]: [unknown[], unknown[]] = [[], []]
  channel.on('message', ({ position }) => before.push(position))
  await channel.subscribe()
  socket.deliver(eventAt('e:5'))
  const later = client.channel('room:1', { recent: 4 })
  later.on('message', ({ position }) => after.push(position))
  const joined = later.subscribe()
  await clock.settle()
  socket.deliver(eventAt('e:7'))
  const first = socket.take('history')
  expect(first).toMatchObject({ limit: 4, reverse: true })
  socket.reply(first, { events: eventsBetween(5, 6).reverse(), position: 'e:6' })
  await clock.settle()
  const second = socket.take('history')
  expect(second).toMatchObject({ limit: 2, since: 'e:5' })
  socket.reply(second, { events: eventsBetween(3, 4).reverse(), position: 'e:6' })
  await joined
  socket.deliver(eventAt('e:6'))
  socket.deliver(eventAt('e:8'))
  expect(after).toEqual(['e:3', 'e:4', 'e:5', 'e:6', 'e:7', 'e:8'])
  expect(before).toEqual(['e:5', 'e:7', 'e:8'])
})

it('hands recent events over after a cut that came between', async () => {
  const { client, clock, join, comeBack } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:2' }))
  void channel.subscribe()
  const heard: unknown[] = []
  client.channel('room:1', { recent: 2 }).onAny(({ position }) => heard.push(position))
  const joined = channel.subscribe()
  await clock.settle()
  socket.take('history')
  const back = await comeBack()
  back.socket.reply(
    back.subscribe,
    joinReply({ recovered: true, position: 'e:3', events: eventsBetween(3, 3) }),
  )
  await clock.until(() => back.socket.has('history'))
  const events = eventsBetween(2, 3).reverse()
  back.socket.reply(back.socket.take('history'), { events, position: 'e:3' })
  await joined
  expect(heard).toEqual(['e:2', 'e:3'])
})

it('hands recent events to a handler that was added before a cut, and asks for them after it', async () => {
  const { client, clock, join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:2' }))
  const heard: unknown[] = []
  const later = client.channel('room:1', { recent: 2 })
  later.onAny(({ position }) => heard.push(position))
  const { socket, subscribe } = await comeBack()
  expect(subscribe).not.toHaveProperty('recent')
  socket.reply(subscribe, joinReply({ recovered: true, position: 'e:2' }))
  const joined = channel.subscribe()
  await clock.settle()
  socket.reply(socket.take('history'), { events: eventsBetween(1, 2).reverse(), position: 'e:2' })
  await joined
  expect(heard).toEqual(['e:1', 'e:2'])
})

it('hands recent events to who holds a use', async () => {
  const { clock, join, comeBack } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:2' }))
  const heard: unknown[] = []
  channel.onAny(({ position }) => heard.push(position))
  const use = channel.use({ recent: 1 })
  await clock.settle()
  socket.reply(socket.take('history'), { events: eventsBetween(2, 2), position: 'e:2' })
  await use.joined
  expect(heard).toEqual(['e:2'])
  expect((await comeBack()).subscribe).not.toHaveProperty('recent')
})

it('says that recent events were refused, and goes on with what comes', async () => {
  const { client, clock, join, comeBack } = createWorld()
  const { socket, channel } = await join()
  const heard: unknown[] = []
  const later = client.channel('room:1', { recent: 5 })
  later.onAny(({ position }) => heard.push(position))
  const joined = later.subscribe()
  await clock.settle()
  socket.refuse(socket.take('history'), 'forbidden')
  await expect(joined).rejects.toMatchObject({ code: 'forbidden' })
  socket.deliver(eventAt('e:1'))
  expect(heard).toEqual(['e:1'])
  expect(channel.status()).toBe('joined')
  expect((await comeBack()).subscribe).not.toHaveProperty('recent')
})

it('opens a room that another has joined, and leaves it to that one', async () => {
  const { client, clock, connect, takeJoin } = createRoomsWorld()
  const socket = await connect()
  const channel = client.connection.channel('room:1')
  const other = channel.use({ state: true })
  await takeJoin({ state: { version: 1, value: { title: 'Plans' } } })
  const room = client.room('1')
  const stay = room.enter({})
  await clock.settle()
  expect([room.isOpen(), socket.has('subscribe')]).toEqual([true, false])
  const appearing = room.enter({ user })
  expect(await takeJoin()).toMatchObject({ state: true, presence: { status: 'online' } })
  stay.leave()
  appearing.leave()
  await clock.settle()
  expect([room.isOpen(), channel.status()]).toEqual([false, 'joined'])
  expect(socket.has('unsubscribe')).toBe(false)
  void other.release()
  expect(socket.has('unsubscribe')).toBe(true)
})

it('does not open a room that nobody entered, when another joins it again', async () => {
  const { client, connect, takeJoin, newest, reconnected } = createRoomsWorld()
  await connect()
  const room = client.room('1')
  client.connection.channel('room:1').use()
  await takeJoin()
  newest().end()
  await reconnected()
  await takeJoin()
  expect([room.channel.status(), room.isOpen()]).toEqual(['joined', false])
})

it('keeps what another asked for when a room is entered', async () => {
  const { client, clock, join } = createRoomsWorld()
  client.room('1').enter({})
  const use = client.connection.channel('room:1').use({ state: true })
  const { subscribe } = await join()
  expect(subscribe).toMatchObject({ state: true })
  await clock.settle()
  void use.release()
  expect(client.room('1').channel.status()).toBe('joined')
})

it('stays joined when what a later user asks for is refused', async () => {
  const { client, clock, join } = createWorld()
  const { socket, channel } = await join({ presence: 'follow' }, joinReply({ position: 'e:2' }))
  const later = channel.use({ state: true, presence: true })
  const waiting = client.channel('room:1').subscribe()
  socket.refuse(socket.take('subscribe'), 'forbidden')
  await expect(later.joined).rejects.toMatchObject({ code: 'forbidden' })
  const again = socket.take('subscribe')
  expect(again).toMatchObject({ since: 'e:2', presence: 'follow' })
  expect(again).not.toHaveProperty('state')
  socket.reply(again, joinReply({ recovered: true, position: 'e:2' }))
  await waiting
  await clock.settle()
  expect([channel.status(), channel.error()]).toEqual(['joined', null])
})

it('is refused when those who are in it may not come back', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join()
  channel.use({ state: true })
  const { socket, subscribe } = await comeBack()
  socket.refuse(subscribe, 'forbidden')
  const less = socket.take('subscribe')
  expect(less).not.toHaveProperty('state')
  socket.refuse(less, 'forbidden')
  expect(channel.status()).toBe('refused')
})

it('keeps a room open that another has joined, and says what it may not have', async () => {
  const { client, clock, connect, takeJoin, problems } = createRoomsWorld()
  const socket = await connect()
  client.connection.channel('room:1').use()
  await takeJoin()
  const room = client.room('1')
  room.enter({ user })
  await clock.settle()
  socket.refuse(socket.take('subscribe'), 'forbidden')
  expect(await takeJoin()).not.toHaveProperty('presence')
  expect([room.isOpen(), problems]).toEqual([true, ['refused: forbidden']])
})
