import { expect, it } from 'vitest'
import { createWorld } from '../scripted/scripted-world.ts'

const receipt = {
  type: 'ephemeral',
  channel: 'room:1',
  room_id: '1',
  event_type: 'read_receipt',
  user_id: 'bob',
  timestamp: '2026-01-01T00:00:00.000Z',
  data: { event_id: 'm1', read_by: 1, readers: [{ user_id: 'bob', event_id: 'm1' }] },
}

it('says how far this user has read, and learns that it was kept', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  const marked = channel.markRead('m1')
  const frame = socket.take('read')
  expect(frame).toMatchObject({ channel: 'room:1', event_id: 'm1' })
  socket.reply(frame, {})
  await expect(marked).resolves.toBeUndefined()
})

it('says why a mark was refused', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  const marked = channel.markRead('nothing')
  socket.refuse(socket.take('read'), 'not_found')
  await expect(marked).rejects.toMatchObject({ code: 'not_found' })
})

it('says it after the next join, where the connection is cut', async () => {
  const { join, newest, reconnected } = createWorld()
  const { channel } = await join()
  newest().end()
  const marked = channel.markRead('m1')
  const socket = await reconnected()
  const types = socket.sent.map(({ type }) => type)
  expect(types.indexOf('read')).toBeGreaterThan(types.indexOf('subscribe'))
  socket.reply(socket.take('read'), {})
  await marked
})

it('receives read marks of others until it unsubscribes', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  const heard: unknown[] = []
  const off = channel.onEphemeral(({ data }) => heard.push(data))
  socket.deliver(receipt)
  off()
  socket.deliver(receipt)
  expect(heard).toEqual([receipt.data])
  expect(channel.typing.users()).toEqual([])
})
