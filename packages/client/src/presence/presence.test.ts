import { expect, it } from 'vitest'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'

function entry(userId: string, fields: Readonly<Record<string, unknown>> = {}) {
  return { user_id: userId, connection_id: `c-${userId}`, status: 'online', data: null, ...fields }
}

function difference(fields: Readonly<Record<string, unknown>>) {
  return {
    type: 'presence',
    channel: 'room:1',
    version: 1,
    joins: [],
    updates: [],
    leaves: [],
    ...fields,
  }
}

const withAdaAndBob = joinReply({ presence: [entry('ada'), entry('bob')] })

it('shows who is there, then what changes', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join({ presence: true }, withAdaAndBob)
  const { members, others, count } = channel.presence
  const names = () => members().map(({ user_id, status }) => `${user_id} ${status}`)
  expect(names()).toEqual(['ada online', 'bob online'])
  expect(others()).toEqual([entry('bob')])
  socket.deliver(
    difference({
      joins: [entry('eve')],
      updates: [entry('ada', { status: 'away' })],
      leaves: [{ user_id: 'bob', connection_id: 'c-bob' }],
    }),
  )
  expect(names()).toEqual(['ada away', 'eve online'])
  expect(count()).toBe(2)
  socket.deliver(difference({ joins: [entry('eve', { status: 'away' })] }))
  expect(names()).toEqual(['ada away', 'eve away'])
})

it('keeps the same snapshot while nothing changes', async () => {
  const { join } = createWorld()
  const { channel } = await join({ presence: true }, withAdaAndBob)
  expect(channel.presence.others()).toBe(channel.presence.others())
  expect(channel.presence.members()).toBe(channel.presence.members())
})

it('drops a difference that comes before the snapshot it is part of', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1', { presence: true })
  void channel.subscribe()
  const socket = await connect()
  socket.deliver(difference({ joins: [entry('eve')] }))
  socket.reply(socket.take('subscribe'), withAdaAndBob)
  expect(channel.presence.count()).toBe(2)
})

it('keeps showing who was there through a cut, until the new snapshot', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({ presence: true }, withAdaAndBob)
  const { socket, subscribe } = await comeBack()
  expect(channel.presence.count()).toBe(2)
  socket.deliver(difference({ leaves: [{ user_id: 'bob', connection_id: 'c-bob' }] }))
  expect(channel.presence.count()).toBe(2)
  socket.reply(subscribe, joinReply({ recovered: true, presence: [entry('eve')] }))
  expect(channel.presence.members()).toEqual([entry('eve')])
})

it('shows nobody in a channel that was left', async () => {
  const { join } = createWorld()
  const { channel } = await join({ presence: true }, withAdaAndBob)
  void channel.unsubscribe()
  expect(channel.presence.count()).toBe(0)
})

it('changes how the user appears, and appears so again after a cut', async () => {
  const { join, comeBack } = createWorld()
  const { socket, channel } = await join({ presence: { status: 'online', data: 1 } })
  const updated = channel.presence.update({ status: 'away' })
  const presence = socket.take('presence')
  expect(presence).toMatchObject({ channel: 'room:1', status: 'away' })
  expect(presence).not.toHaveProperty('data')
  socket.reply(presence)
  await updated
  const { subscribe } = await comeBack()
  expect(subscribe.presence).toEqual({ status: 'away', data: 1 })
})

it('sends one change at a time, and what came meanwhile together', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join({ presence: true })
  const first = channel.presence.update({ data: 1 })
  const rest = [
    channel.presence.update({ data: 2 }),
    channel.presence.update({ status: 'away' }),
    channel.presence.update({ data: 3 }),
  ]
  const presence = socket.take('presence')
  expect(socket.has('presence')).toBe(false)
  socket.reply(presence)
  await first
  const next = socket.take('presence')
  expect(next).toMatchObject({ data: 3, status: 'away' })
  socket.reply(next)
  await Promise.all(rest)
  expect(socket.has('presence')).toBe(false)
})

it('carries a change that a cut swallowed with the next join', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({ presence: true })
  const updates = [channel.presence.update({ data: 1 }), channel.presence.update({ data: 2 })]
  const { socket, subscribe } = await comeBack()
  expect(subscribe.presence).toEqual({ data: 2 })
  socket.reply(subscribe, joinReply({ recovered: true }))
  await Promise.all(updates)
  expect(socket.has('presence')).toBe(false)
})

it('sends a change that came after the join went out', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1', { presence: true })
  void channel.subscribe()
  const socket = await connect()
  const updated = channel.presence.update({ status: 'away' })
  expect(socket.has('presence')).toBe(false)
  socket.reply(socket.take('subscribe'), joinReply())
  const presence = socket.take('presence')
  expect(presence.status).toBe('away')
  socket.reply(presence)
  await updated
})

it('takes a change on a channel that nobody joined for the next join', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1', { presence: true })
  await channel.presence.update({ data: 'typing away' })
  client.channel('room:1', { presence: true })
  void channel.subscribe()
  const socket = await connect()
  expect(socket.take('subscribe').presence).toEqual({ data: 'typing away' })
})

it('tries a change again when the server says later', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join({ presence: true })
  const updated = channel.presence.update({ data: 1 })
  socket.refuse(socket.take('presence'), 'rate_limited', { retry_after_ms: 900 })
  void channel.presence.update({ status: 'away' })
  await clock.advance(900)
  const again = socket.take('presence')
  expect(again).toMatchObject({ data: 1, status: 'away' })
  socket.reply(again)
  await updated
})

it('does not ask again for what was refused', async () => {
  const { join, comeBack } = createWorld()
  const { socket, channel } = await join({ presence: { status: 'online' } })
  const updated = channel.presence.update({ data: 'too much' })
  socket.refuse(socket.take('presence'), 'too_large')
  await expect(updated).rejects.toMatchObject({ code: 'too_large' })
  const { subscribe } = await comeBack()
  expect(subscribe.presence).toEqual({ status: 'online' })
})

it.each(['disconnects', 'leaves'])('rejects a change when the client %s', async (end) => {
  const { client, join } = createWorld()
  const { channel } = await join({ presence: true })
  const updates = [channel.presence.update({ data: 1 }), channel.presence.update({ data: 2 })]
  if (end === 'disconnects') client.disconnect()
  else {
    void channel.unsubscribe()
    client.disconnect()
  }
  for (const update of updates) {
    await expect(update).rejects.toMatchObject({ code: 'unavailable' })
  }
})

it('takes no part in presence any more when told so', async () => {
  const { client, join } = createWorld()
  const { socket, channel } = await join({ presence: { data: 1 } })
  client.channel('room:1', { presence: false })
  void channel.unsubscribe()
  void channel.subscribe()
  expect(socket.take('subscribe')).not.toHaveProperty('presence')
})

it('counts a crowd that is too large to be told one by one, and lists it when it is not', async () => {
  const { join } = createWorld()
  const reply = joinReply({ presence: [], presence_count: 5_000 })
  const { socket, channel } = await join({ presence: true }, reply)
  const { members, count } = channel.presence
  expect([members(), count()]).toEqual([[], 5_000])
  socket.deliver(difference({ count: 5_001 }))
  expect([members(), count()]).toEqual([[], 5_001])
  socket.deliver(difference({ joins: [entry('ada'), entry('bob')], count: 2 }))
  expect([members().length, count()]).toEqual([2, 2])
  socket.deliver(difference({ leaves: [{ user_id: 'bob', connection_id: 'c-bob' }] }))
  expect(count()).toBe(1)
  socket.deliver(difference({ count: 3_000 }))
  expect([members(), count()]).toEqual([[], 3_000])
})

it('sends one change at a time, also when the channel was joined again meanwhile', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join({ presence: true })
  void channel.presence.update({ data: 1 })
  const first = socket.take('presence')
  channel.rejoin()
  socket.reply(socket.take('subscribe'), joinReply({ recovered: true }))
  void channel.presence.update({ data: 2 })
  expect(socket.has('presence'), 'the first has no answer yet').toBe(false)
  socket.reply(first)
  const second = socket.take('presence')
  void channel.presence.update({ data: 3 })
  expect(socket.has('presence'), 'the second has no answer yet').toBe(false)
  socket.refuse(second, 'rate_limited', { retry_after_ms: 900 })
  await clock.advance(900)
  expect(socket.take('presence').data, 'the newest is never undone').toBe(3)
})

it('shows what is asked for while a change has no answer yet', async () => {
  const { client, join } = createWorld()
  const { socket, channel } = await join({ presence: { status: 'online' } })
  void channel.presence.update({ data: 1 })
  const first = socket.take('presence')
  void client.channel('room:1', { presence: { status: 'away' } }).subscribe()
  socket.reply(first)
  expect(socket.take('presence')).toMatchObject({ status: 'away', data: 1 })
})

it('rejects a change without an answer at once when the channel is left', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join({ presence: true })
  const outcomes: string[] = []
  channel.presence.update({ data: 1 }).catch(({ code }) => outcomes.push(code))
  socket.take('presence')
  void channel.unsubscribe()
  await clock.settle()
  expect(outcomes).toEqual(['unavailable'])
})
