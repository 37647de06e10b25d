import { expect, it } from 'vitest'
import { createWorld, eventAt, eventsBetween, joinReply } from '../scripted/scripted-world.ts'

/** A reply as a server sends it, whose payload is not JSON. */
const unreadable = (id: unknown): string =>
  `{"type":"reply","id":${JSON.stringify(id)},"payload":{"events":[{"payload":{"a\u0001`

it('does not wait for ever for an answer that it cannot read: the channel says why', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1')
  const joined = channel.subscribe()
  const socket = await connect()
  socket.deliver(unreadable(socket.take('subscribe').id))
  await expect(joined).rejects.toMatchObject({ code: 'internal' })
  expect(channel.status()).toBe('refused')
  expect(channel.error()?.message).toBe('the answer of the server cannot be read')
})

it('starts afresh where what it missed cannot be read, and goes on', async () => {
  const { join, comeBack } = createWorld()
  const { socket: first, channel } = await join()
  const resets: string[] = []
  channel.onReset(({ reason }) => resets.push(reason))
  first.deliver(eventAt('e:1'))
  const { socket, subscribe: resume } = await comeBack()
  expect(resume.since).toBe('e:1')
  socket.deliver(unreadable(resume.id))
  const afresh = socket.take('subscribe')
  expect(afresh.since).toBeUndefined()
  socket.reply(afresh, joinReply({ position: 'e:9' }))
  expect(channel.status()).toBe('joined')
  expect(resets).toEqual(['damaged'])
})

it('tells of damaged events in their place among those that it began with', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1', { recent: 10 })
  const heard: unknown[] = []
  channel.onAny(({ position }) => heard.push(position))
  channel.onGap(({ after, next, reason }) => heard.push({ after, next, reason }))
  channel.subscribe()
  const socket = await connect()
  const gap = { after: 'e:2', next: 'e:4', reason: 'damaged' }
  const last = { after: 'e:5', next: 'e:7', reason: 'damaged' }
  const events = [...eventsBetween(1, 2), ...eventsBetween(4, 5)]
  socket.reply(socket.take('subscribe'), joinReply({ events, position: 'e:6', gaps: [gap, last] }))
  expect(heard).toEqual(['e:1', 'e:2', gap, 'e:4', 'e:5', last])
})
