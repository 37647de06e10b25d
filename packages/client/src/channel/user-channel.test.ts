import { expect, it } from 'vitest'
import { userChannel } from '../index.ts'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'

it('hears the channel of a user whose id holds a colon, by either name', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('user:google:123')
  expect(client.channel(userChannel('google:123'))).toBe(channel)
  const heard: unknown[] = []
  channel.onAny(({ payload }) => heard.push(payload))
  void channel.subscribe()
  const socket = await connect()
  const name = userChannel('google:123')
  const subscribe = socket.take('subscribe')
  expect(subscribe).toMatchObject({ channel: name })
  socket.reply(subscribe, joinReply({ channel: name, position: null }))
  const event = { type: 'event', channel: name, event: 'note', payload: 1, from: null, id: 'e' }
  socket.deliver({ ...event, timestamp: '2026-01-01T00:00:00.000Z' })
  expect(heard).toEqual([1])
})
