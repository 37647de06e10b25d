import { expect, it } from 'vitest'
import { createWorld } from '../scripted/scripted-world.ts'

it.each([
  ['a token that is no good', 4501, 'unauthorized', 'the token has expired'],
  ['a page that is not allowed', 4503, 'forbidden', 'the Origin is not allowed'],
])('tells who waits for a channel of %s', async (_, closeCode, code, reason) => {
  const { client, connect } = createWorld()
  const joined = client.channel('room:1').subscribe()
  const socket = await connect()
  socket.end(closeCode, reason)
  await expect(joined).rejects.toMatchObject({ code, message: expect.stringContaining(reason) })
})

it('tells who waits for a channel what the server said of a refused token', async () => {
  const { client, connect } = createWorld({ token: 'bad' })
  const joined = client.channel('room:1').subscribe()
  const socket = await connect()
  socket.refuse(socket.take('auth'), 'unauthorized')
  await expect(joined).rejects.toMatchObject({
    code: 'unauthorized',
    message: 'refused: unauthorized',
  })
})

it('tells what the server said last, where the close code says less', async () => {
  const { client, connect } = createWorld()
  const joined = client.channel('room:1').subscribe()
  const socket = await connect()
  socket.deliver({ type: 'error', code: 'limit_exceeded', message: 'a user has 1 connection' })
  socket.end(4503, 'a user has 1 connection')
  const error = { code: 'limit_exceeded', message: 'a user has 1 connection' }
  await expect(joined).rejects.toMatchObject(error)
  expect(client.error()).toMatchObject({ ...error, details: { close_code: 4503 } })
})

it('does not take an old complaint for the reason of a close', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  socket.deliver({ type: 'error', code: 'bad_frame', message: 'not a frame' })
  socket.deliver({ type: 'ping' })
  socket.end(4503, 'kicked')
  expect(client.error()).toMatchObject({
    code: 'forbidden',
    message: expect.stringMatching(/kicked/),
  })
})

it('does not take a complaint for the reason why the network broke', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  socket.deliver({ type: 'error', code: 'bad_frame', message: 'not a frame' })
  socket.end(1006)
  expect(client.error()).toMatchObject({ code: 'unavailable' })
})

it('tells who subscribes once the client was refused, and joins when it connects again', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  socket.end(4503, 'the Origin is not allowed')
  const channel = client.channel('room:1')
  await expect(channel.subscribe()).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('the Origin is not allowed'),
  })
  const next = await connect()
  next.reply(next.take('subscribe'))
  expect(channel.status()).toBe('joined')
})

it('tells the last problem when it gives up', async () => {
  const { client, connect } = createWorld({ reconnect: false })
  const joined = client.channel('room:1').subscribe()
  const socket = await connect()
  socket.end(1011, 'out of memory')
  const error = { code: 'unavailable', message: expect.stringContaining('out of memory') }
  await expect(joined).rejects.toMatchObject(error)
  await expect(client.channel('room:2').subscribe()).rejects.toMatchObject(error)
})

it('tells why it is refused in whatever else waits', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1')
  const socket = await connect()
  const published = channel.publish('message', 1)
  socket.end(4501, 'the token has expired')
  const error = {
    code: 'unavailable',
    message: expect.stringContaining('the token has expired'),
    cause: { code: 'unauthorized' },
  }
  await expect(published).rejects.toMatchObject(error)
  await expect(channel.publish('message', 2)).rejects.toMatchObject(error)
  await expect(channel.publish('message', 3, { volatile: true })).rejects.toMatchObject(error)
  await expect(channel.history()).rejects.toMatchObject(error)
  await expect(channel.markRead('m')).rejects.toMatchObject(error)
  await expect(channel.state.set('a', 1)).rejects.toMatchObject(error)
  await expect(client.fetch('/notifications')).rejects.toMatchObject(error)
})

it('says what the server answered in the place of a stream', async () => {
  const { client, clock, newestRequest } = createWorld({ transports: ['sse'] })
  const joined = client.channel('room:1').subscribe()
  client.connect()
  await clock.settle()
  newestRequest().answer(403, {
    error: { code: 'forbidden', message: 'the Origin is not allowed' },
  })
  await expect(joined).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('the Origin is not allowed'),
  })
})
