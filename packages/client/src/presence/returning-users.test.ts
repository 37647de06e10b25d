import { expect, it } from 'vitest'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'

function entry(userId: string, fields: Readonly<Record<string, unknown>> = {}) {
  return { user_id: userId, connection_id: `c-${userId}`, status: 'online', data: null, ...fields }
}

const difference = (fields: Readonly<Record<string, unknown>>) => ({
  type: 'presence',
  channel: 'room:1',
  version: 1,
  joins: [],
  updates: [],
  leaves: [],
  ...fields,
})

const SECOND = { epoch: 'second', ms: 10_000 }
const ALL = [entry('ada'), entry('bob'), entry('cleo')]

/** A channel with three users whose server has restarted, and what it shows since. */
async function restart(returning: unknown) {
  const world = createWorld()
  const before = joinReply({ presence: ALL, presence_returning: { epoch: 'first', ms: 5_000 } })
  const { channel } = await world.join({ presence: true }, before)
  const shown: string[] = []
  channel.presence.members.subscribe((members) =>
    shown.push(members.map(({ user_id }) => user_id).join()),
  )
  const { socket, subscribe } = await world.comeBack()
  const reply = { presence: [entry('ada')], presence_returning: returning }
  socket.reply(subscribe, joinReply(reply))
  return { ...world, channel, socket, shown }
}

it('shows nobody as having left who comes back after a restart of the server', async () => {
  const { clock, socket, shown } = await restart(SECOND)
  await clock.advance(2_000)
  socket.deliver(difference({ joins: [entry('cleo')] }))
  socket.deliver(difference({ joins: [entry('bob', { status: 'away' })] }))
  await clock.advance(60_000)
  expect(new Set(shown)).toEqual(new Set(['ada,bob,cleo']))
})

it('shows who does not come back as gone when the time is over', async () => {
  const { clock, socket, shown } = await restart(SECOND)
  socket.deliver(difference({ joins: [entry('bob')] }))
  await clock.advance(9_999)
  expect(new Set(shown)).toEqual(new Set(['ada,bob,cleo']))
  await clock.advance(1)
  expect(shown.at(-1)).toBe('ada,bob')
  expect(clock.pendingTimers).toBeLessThan(10)
})

it('believes the server when it says that somebody has left', async () => {
  const { clock, socket, shown } = await restart(SECOND)
  socket.deliver(difference({ leaves: [{ user_id: 'bob', connection_id: 'c-bob' }] }))
  expect(shown.at(-1)).toBe('ada,cleo')
  await clock.advance(60_000)
  expect(shown.at(-1)).toBe('ada')
})

it.each([
  ['has known all the time who is there', { epoch: 'first', ms: 2_000 }],
  ['says nothing of a new beginning', undefined],
  ['says what nobody can read', { epoch: 1, ms: 'soon' }],
])('believes the snapshot of a server that %s', async (_, returning) => {
  const { shown } = await restart(returning)
  expect(shown).toEqual(['ada'])
})

it('does not keep showing one’s own former self', async () => {
  const { client, clock, join, newest, sockets } = createWorld()
  const { channel } = await join({ presence: true }, joinReply({ presence: ALL }))
  expect(client.userId()).toBe('ada')
  newest().end()
  await clock.until(() => sockets.length > 1)
  newest().welcome({ user_id: 'nobody' })
  const reply = joinReply({ presence: [entry('nobody')], presence_returning: SECOND })
  newest().reply(newest().take('subscribe'), reply)
  const shown = channel.presence.others().map(({ user_id }) => user_id)
  expect(shown).toEqual(['bob', 'cleo'])
})
