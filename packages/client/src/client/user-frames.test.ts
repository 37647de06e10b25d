import { expect, it } from 'vitest'
import { createWorld, eventAt, joinReply } from '../scripted/scripted-world.ts'

it('hears what stored subscriptions bring, and what channels bring by the channels alone', async () => {
  const { client, connect } = createWorld()
  const heard: unknown[] = []
  const end = client.onFrame('event', ({ channel, subscriptions }) =>
    heard.push([channel, subscriptions]),
  )
  const room = client.channel('room:1')
  room.onAny(({ id }) => heard.push(id))
  void room.subscribe()
  const socket = await connect()
  socket.reply(socket.take('subscribe'), joinReply())
  socket.deliver(eventAt('e:1'))
  socket.deliver(eventAt(undefined, { channel: 'post:7', subscriptions: ['s-1'] }))
  end()
  socket.deliver(eventAt(undefined, { channel: 'post:8', subscriptions: ['s-1'] }))
  expect(heard).toEqual(['id-e:1', ['post:7', ['s-1']]])
})
