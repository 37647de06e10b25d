import { expect, it } from 'vitest'
import type { ScriptedSocket } from '../scripted/scripted-socket.ts'
import { createWorld, eventAt } from '../scripted/scripted-world.ts'

const pong = (socket: ScriptedSocket) =>
  socket.deliver({ type: 'pong', id: socket.take('ping').id })

it('says at once that it is not connected when the platform says that it is offline', async () => {
  const { client, connect, goOffline } = createWorld()
  await connect()
  goOffline()
  expect([client.status(), client.transport()]).toEqual(['reconnecting', null])
  expect(client.error()).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/network/),
  })
})

it('is connected again, without another connection, where the server answers all the same', async () => {
  const { client, clock, connect, goOffline, sockets } = createWorld()
  const socket = await connect()
  goOffline()
  pong(socket)
  expect([client.status(), client.transport(), client.error()]).toEqual([
    'connected',
    'websocket',
    null,
  ])
  await clock.advance(20_000)
  expect(client.status()).toBe('connected')
  expect(sockets).toHaveLength(1)
})

it('gives the connection up when no answer comes in 3 s', async () => {
  const { client, clock, connect, goOffline } = createWorld()
  const socket = await connect()
  goOffline()
  await clock.advance(2_999)
  expect(socket.closedWith).toBeUndefined()
  await clock.advance(1)
  expect(socket.closedWith).toBe(4009)
  expect(client.retryAt()).not.toBeNull()
})

it('does not take what had arrived before for an answer', async () => {
  const { client, clock, join, goOffline } = createWorld()
  const { socket } = await join()
  goOffline()
  socket.deliver(eventAt('e:1'))
  socket.deliver({ type: 'ping' })
  expect(client.status()).toBe('reconnecting')
  await clock.advance(3_000)
  expect(socket.closedWith).toBe(4009)
})

it('loses nothing that is published while it is offline', async () => {
  const { clock, join, goOffline, newest, wake } = createWorld()
  const { channel } = await join()
  goOffline()
  const published = channel.publish('message', 'kept')
  await clock.advance(3_000)
  wake()
  newest().welcome()
  const socket = newest()
  socket.reply(socket.take('subscribe'), {
    channel: 'room:1',
    recovered: true,
    position: 'e:0',
    events: [],
  })
  socket.reply(socket.take('publish'), { id: 'm', duplicate: false })
  await expect(published).resolves.toMatchObject({ id: 'm' })
})

it('asks again when the platform reports that it is online', async () => {
  const { client, clock, connect, goOffline, wake } = createWorld()
  const socket = await connect()
  goOffline()
  await clock.advance(2_900)
  wake()
  await clock.advance(2_900)
  expect(client.status()).toBe('reconnecting')
  expect(socket.closedWith).toBeUndefined()
  socket.take('ping')
  pong(socket)
  expect(client.status()).toBe('connected')
  expect(clock.pendingTimers).toBeGreaterThan(0)
  client.disconnect()
  expect(clock.pendingTimers).toBe(0)
})

it('doubts a connection that was silent while the machine slept', async () => {
  const { client, clock, connect, wake } = createWorld()
  const socket = await connect()
  clock.jumpWallClock(3_600_000)
  wake()
  expect(client.status()).toBe('reconnecting')
  pong(socket)
  expect(client.status()).toBe('connected')
})

it.each(['idle', 'connecting', 'reconnecting', 'disconnected'] as const)(
  'has nothing to say of being offline when it is %s',
  async (status) => {
    const { client, clock, connect, goOffline } = createWorld()
    if (status === 'connecting') client.connect()
    if (status === 'reconnecting' || status === 'disconnected') (await connect()).end()
    if (status === 'disconnected') client.disconnect()
    goOffline()
    expect(client.status()).toBe(status)
    client.disconnect()
    expect(clock.pendingTimers).toBe(0)
  },
)

it('hears nothing more of the platform once it disconnected', async () => {
  const { client, connect, isWatching } = createWorld()
  await connect()
  client.disconnect()
  expect(isWatching()).toBe(false)
})
