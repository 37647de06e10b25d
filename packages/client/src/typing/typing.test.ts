import { expect, it } from 'vitest'
import type { ScriptedSocket } from '../scripted/scripted-socket.ts'
import { createWorld } from '../scripted/scripted-world.ts'

function typing(userId: string, event: 'start' | 'stop' = 'start') {
  return {
    type: 'ephemeral',
    channel: 'room:1',
    room_id: '1',
    event_type: `typing_${event}`,
    user_id: userId,
    timestamp: '2026-01-01T00:00:00.000Z',
    data: null,
  }
}

function typingSentOn(socket: ScriptedSocket) {
  return socket.sent.filter(({ type }) => type === 'typing').map(({ is_typing }) => is_typing)
}

it('lists who types, each once, without this user', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  for (const user of ['bob', 'ada', 'eve', 'bob']) socket.deliver(typing(user))
  expect(channel.typing.users()).toEqual(['bob', 'eve'])
  socket.deliver(typing('bob', 'stop'))
  socket.deliver(typing('bob', 'stop'))
  expect(channel.typing.users()).toEqual(['eve'])
})

it('changes nothing that is shown when a typist renews', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  socket.deliver(typing('bob'))
  const shown = channel.typing.users()
  socket.deliver(typing('bob'))
  expect(channel.typing.users()).toBe(shown)
})

it('forgets a typist whose stop was lost', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join()
  socket.deliver(typing('bob'))
  await clock.advance(4_000)
  socket.deliver(typing('bob'))
  await clock.advance(5_999)
  expect(channel.typing.users()).toEqual(['bob'])
  await clock.advance(1)
  expect(channel.typing.users()).toEqual([])
})

it('says that it types at most every 2.5 s, and stops 4 s after the last keystroke', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join()
  for (let key = 0; key < 10; key += 1) {
    channel.typing.start()
    await clock.advance(500)
  }
  expect(typingSentOn(socket)).toEqual([true, true])
  await clock.advance(3_499)
  expect(typingSentOn(socket)).toEqual([true, true])
  await clock.advance(1)
  expect(typingSentOn(socket)).toEqual([true, true, false])
})

it('stops at once, and once', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join()
  channel.typing.stop()
  channel.typing.start()
  channel.typing.stop()
  channel.typing.stop()
  channel.typing.start()
  expect(typingSentOn(socket)).toEqual([true, false, true])
  expect(socket.sent.at(-1)).not.toHaveProperty('id')
  await clock.advance(60_000)
  expect(typingSentOn(socket)).toEqual([true, false, true, false])
})

it('sends nothing while disconnected, and starts again after a reconnect', async () => {
  const { client, join, comeBack } = createWorld()
  client.channel('room:1').typing.start()
  const { socket: first, channel } = await join()
  channel.typing.start()
  const { socket } = await comeBack()
  channel.typing.start()
  expect(typingSentOn(first)).toEqual([true])
  expect(typingSentOn(socket)).toEqual([true])
})

it('shows nobody in a channel that was left', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  socket.deliver(typing('bob'))
  void channel.unsubscribe()
  expect(channel.typing.users()).toEqual([])
})

it('shows nobody while the connection is cut, because nobody can be heard', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  socket.deliver(typing('bob'))
  socket.end(1006)
  expect(channel.typing.users()).toEqual([])
})

it('leaves it to the message to end typing, but not to a volatile event', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  channel.typing.start()
  channel.publish('cursor', 1, { volatile: true }).catch(() => {})
  channel.typing.stop()
  channel.typing.start()
  channel.publish('message', 'hi').catch(() => {})
  channel.typing.stop()
  expect(typingSentOn(socket)).toEqual([true, false, true])
})
