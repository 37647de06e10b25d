import type { JsonValue } from '@coterie/protocol'
import { expect, it } from 'vitest'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

it('publishes and gives the reply of the server', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  const published = channel.publish('message', { text: 'hi' }, { key: 'k', echo: false })
  const publish = socket.take('publish')
  expect(publish).toEqual({
    type: 'publish',
    id: expect.any(String),
    channel: 'room:1',
    event: 'message',
    payload: { text: 'hi' },
    key: 'k',
    echo: false,
    message_id: expect.stringMatching(UUID_V7),
  })
  const reply = { position: 'e:1', duplicate: false, id: publish.message_id }
  socket.reply(publish, reply)
  await expect(published).resolves.toEqual(reply)
})

it('publishes in order, each after the answer to the one before', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join()
  const settled: number[] = []
  for (const n of [1, 2, 3]) void channel.publish('m', n).then(() => settled.push(n))
  for (const n of [1, 2, 3]) {
    const publish = socket.take('publish')
    expect(publish.payload).toBe(n)
    expect(socket.has('publish')).toBe(false)
    socket.reply(publish)
  }
  await clock.settle()
  expect(settled).toEqual([1, 2, 3])
})

it('sends a payload as it was when it was published', async () => {
  const { client, connect } = createWorld()
  const payload = { text: 'before' }
  void client.channel('room:1').publish('m', payload)
  payload.text = 'after'
  const socket = await connect()
  expect(socket.take('publish').payload).toEqual({ text: 'before' })
})

it('waits for the join, and takes the queue up in order', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1')
  void channel.subscribe()
  void channel.publish('m', 1)
  void channel.publish('m', 2)
  const socket = await connect()
  expect(socket.has('publish')).toBe(false)
  socket.reply(socket.take('subscribe'), joinReply())
  const first = socket.take('publish')
  expect(first.payload).toBe(1)
  socket.reply(first)
  expect(socket.take('publish').payload).toBe(2)
})

it('publishes to a channel that it did not join, and lets the server decide', async () => {
  const { client, connect } = createWorld()
  const published = client.channel('room:1').publish('m', 1)
  const socket = await connect()
  socket.refuse(socket.take('publish'), 'not_member')
  await expect(published).rejects.toMatchObject({ code: 'not_member' })
})

it('sends what was not answered before a cut again, with the same id, in order', async () => {
  const { join, comeBack } = createWorld()
  const { socket: first, channel } = await join()
  const published = channel.publish('m', 1)
  void channel.publish('m', 2)
  const lost = first.take('publish')
  const { socket, subscribe } = await comeBack()
  void channel.publish('m', 3)
  expect(socket.has('publish')).toBe(false)
  socket.reply(subscribe, joinReply({ recovered: true }))
  const again = socket.take('publish')
  expect(again).toMatchObject({ payload: 1, message_id: lost.message_id })
  socket.reply(again, { duplicate: true, id: lost.message_id })
  await expect(published).resolves.toMatchObject({ duplicate: true })
  for (const n of [2, 3]) {
    const publish = socket.take('publish')
    expect(publish.payload).toBe(n)
    socket.reply(publish)
  }
})

it('does not take the end of a link for an answer that asks for a retry', async () => {
  const { clock, join, comeBack } = createWorld()
  const { channel } = await join()
  void channel.publish('m', 1)
  const { socket, subscribe } = await comeBack()
  socket.reply(subscribe, joinReply({ recovered: true }))
  socket.take('publish')
  await clock.advance(5_000)
  expect(socket.has('publish')).toBe(false)
})

it.each([
  ['rate_limited', { retry_after_ms: 2_000 }, 2_000],
  ['unavailable', undefined, 500],
] as const)(
  'tries %s again with the same id before the next one',
  async (code, details, waitMs) => {
    const { clock, join } = createWorld()
    const { socket, channel } = await join()
    void channel.publish('m', 1)
    void channel.publish('m', 2)
    const first = socket.take('publish')
    socket.refuse(first, code, details)
    await clock.advance(waitMs - 1)
    expect(socket.has('publish')).toBe(false)
    await clock.advance(1)
    const again = socket.take('publish')
    expect(again).toMatchObject({ payload: 1, message_id: first.message_id })
    socket.reply(again)
    expect(socket.take('publish').payload).toBe(2)
  },
)

it('tries again when no reply comes', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join()
  void channel.publish('m', 1)
  const first = socket.take('publish')
  await clock.advance(11_000)
  expect(socket.take('publish').message_id).toBe(first.message_id)
})

it('gives a refusal to its own promise and goes on', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  const refused = channel.publish('m', 1)
  void channel.publish('m', 2)
  socket.refuse(socket.take('publish'), 'invalid_payload')
  await expect(refused).rejects.toMatchObject({ code: 'invalid_payload' })
  expect(socket.take('publish').payload).toBe(2)
})

it('bounds what waits, over all channels', async () => {
  const { client, connect } = createWorld({ maxQueuedPublishes: 2 })
  void client.channel('room:1').publish('m', 1)
  void client.channel('room:2').publish('m', 2)
  const third = client.channel('room:1').publish('m', 3)
  await expect(third).rejects.toMatchObject({ code: 'limit_exceeded' })
  const socket = await connect()
  socket.reply(socket.take('publish'))
  void client.channel('room:1').publish('m', 4)
  expect(socket.sent.at(-1)?.payload).toBe(4)
})

it.each(['disconnects', 'is refused'])('rejects what waits when the client %s', async (end) => {
  const { client, join } = createWorld()
  const { socket, channel } = await join()
  const published = [channel.publish('m', 1), channel.publish('m', 2)]
  if (end === 'disconnects') client.disconnect()
  else socket.end(4503)
  for (const publish of published) {
    await expect(publish).rejects.toMatchObject({ code: 'unavailable' })
  }
  await expect(channel.publish('m', 3)).rejects.toMatchObject({ code: 'unavailable' })
})

it('gives back the places of what it rejected', async () => {
  const { client, connect } = createWorld({ maxQueuedPublishes: 1 })
  const channel = client.channel('room:1')
  const lost = channel.publish('m', 1)
  await connect()
  client.disconnect()
  await expect(lost).rejects.toMatchObject({ code: 'unavailable' })
  const socket = await connect()
  void channel.publish('m', 2)
  expect(socket.take('publish').payload).toBe(2)
})

it('sends volatile events past the queue, without an id of its own', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  void channel.publish('m', 1)
  socket.take('publish')
  const published = channel.publish('cursor', { x: 1 }, { volatile: true })
  const publish = socket.take('publish')
  expect(publish).toMatchObject({ event: 'cursor', volatile: true })
  expect(publish).not.toHaveProperty('message_id')
  socket.reply(publish, { duplicate: false, id: 'x' })
  await expect(published).resolves.toEqual({ duplicate: false, id: 'x' })
})

it('drops volatile events that cannot leave now', async () => {
  const { client, join, comeBack } = createWorld()
  const early = client.channel('room:1').publish('cursor', 0, { volatile: true })
  await expect(early).rejects.toMatchObject({ code: 'unavailable' })
  const { channel } = await join()
  const cut = channel.publish('cursor', 1, { volatile: true })
  const { socket, subscribe } = await comeBack()
  await expect(cut).rejects.toMatchObject({ code: 'unavailable' })
  const joining = channel.publish('cursor', 2, { volatile: true })
  await expect(joining).rejects.toMatchObject({ code: 'unavailable' })
  socket.reply(subscribe, joinReply({ recovered: true }))
  expect(socket.has('publish')).toBe(false)
})

it.each([
  ['undefined', undefined],
  ['a bigint', 1n],
])('rejects %s, which JSON cannot carry', async (_, payload) => {
  const { join } = createWorld()
  const { channel } = await join()
  for (const volatile of [true, false]) {
    const published = channel.publish('m', payload as unknown as JsonValue, { volatile })
    await expect(published).rejects.toMatchObject({ code: 'invalid_payload' })
  }
})

it('keeps a frame back that would end the connection', async () => {
  const { client, join } = createWorld()
  const { socket, channel } = await join()
  const large = channel.publish('m', 'é'.repeat(40_000))
  await expect(large).rejects.toMatchObject({ code: 'too_large' })
  const deep = channel.publish('m', JSON.parse('['.repeat(32) + ']'.repeat(32)))
  await expect(deep).rejects.toMatchObject({ code: 'invalid_payload' })
  void channel.publish('m', '[{"\\"['.repeat(40))
  expect(socket.has('publish')).toBe(true)
  expect(client.status()).toBe('connected')
})
