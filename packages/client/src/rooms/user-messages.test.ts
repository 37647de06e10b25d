import { userChannel } from '@coterie/protocol'
import { expect, it } from 'vitest'
import { createRoomsWorld } from '../scripted/scripted-rooms.ts'
import { eventAt } from '../scripted/scripted-world.ts'

it('sends a message without a room to the application, and returns its answer', async () => {
  const { client, connect } = createRoomsWorld()
  const sent = client.send('greeting', { text: 'hello' })
  const socket = await connect()
  const message = socket.take('message')
  expect(message).toMatchObject({ event: 'greeting', payload: { text: 'hello' } })
  socket.reply(message, { text: 'hello to you' })
  await expect(sent).resolves.toEqual({ text: 'hello to you' })
})

it('tells of a message that the application refuses, by the promise and by `onError`', async () => {
  const { client, clock, connect, problems } = createRoomsWorld()
  const socket = await connect()
  const sent = client.send('greeting', 'hello')
  socket.refuse(socket.take('message'), 'forbidden')
  await expect(sent).rejects.toMatchObject({ code: 'forbidden' })
  await expect(client.send('greeting', 1n)).rejects.toMatchObject({ code: 'invalid_payload' })
  await clock.settle()
  expect(problems).toEqual(['refused: forbidden', expect.stringMatching(/^payload: .*bigint/)])
})

it('sends a message without a room once: it may have arrived when its answer is lost', async () => {
  const { client, connect, reconnected } = createRoomsWorld()
  const socket = await connect()
  const sent = client.send('greeting', 'hello')
  socket.take('message')
  socket.end()
  await expect(sent).rejects.toMatchObject({ code: 'unavailable' })
  expect((await reconnected()).has('message')).toBe(false)
})

it('hears what the server sends to the user, by its type and all of it', async () => {
  const { client, clock, connect } = createRoomsWorld()
  const heard: unknown[] = []
  const all: unknown[] = []
  client.on('system', (payload, { room }) => heard.push([payload, room]))
  client.onMessage = ({ type }) => all.push(type)
  const socket = await connect()
  socket.deliver({ type: 'message', id: '1', event: 'system', payload: { text: 'soon' } })
  expect(client.lastMessage()).toEqual({
    type: 'system',
    payload: { text: 'soon' },
    timestamp: clock.now(),
  })
  socket.deliver({ type: 'message', id: '2', payload: 'plain' })
  socket.deliver(
    eventAt(undefined, { channel: 'user:ada', event: 'system', payload: 1, from: null }),
  )
  socket.deliver(
    eventAt(undefined, { channel: 'post:7', event: 'created', subscriptions: ['s-1'] }),
  )
  socket.deliver({
    type: 'notification',
    payload: { id: 'n1', title: 'Hello', created_at: '2026-01-01T00:00:05.000Z' },
  })
  expect(heard).toEqual([
    [{ text: 'soon' }, undefined],
    [1, undefined],
  ])
  expect(all).toEqual(['system', 'text', 'system', 'created', 'notification'])
  expect(client.lastMessage()).toMatchObject({
    type: 'notification',
    payload: { title: 'Hello' },
    timestamp: Date.UTC(2026, 0, 1, 0, 0, 5),
  })
})

it('hears the channel of whoever the user is, once, after a cut and as somebody else', async () => {
  const { client, connect, newest, reconnected } = createRoomsWorld()
  const heard: unknown[] = []
  client.on('note', (payload) => heard.push(payload))
  const note = (userId: string, payload: string) =>
    eventAt(undefined, { channel: userChannel(userId), event: 'note', payload, from: null })
  const socket = await connect()
  socket.deliver(note('ada', 'first'))
  socket.end()
  const next = await reconnected()
  next.deliver(note('ada', 'second'))
  next.end()
  await reconnected()
  newest().deliver(note('ada', 'third'))
  expect(heard).toEqual(['first', 'second', 'third'])
})
