import { expect, it } from 'vitest'
import { createWorld, eventAt, joinReply } from '../scripted/scripted-world.ts'

const SIX_MINUTES = 360_000
const LATE = {
  code: 'timeout',
  message:
    'the answer was lost, and it is too late to send again: it may or may not have taken effect',
}

/** Publishes, loses the answer, sleeps, and comes back. */
async function sleepOnPublish({ position = 'e:3' as string | null, sleep = SIX_MINUTES } = {}) {
  const world = createWorld()
  const { socket, channel } = await world.join({}, joinReply({ position }))
  const published = channel.publish('m', 1)
  const lost = socket.take('publish')
  world.clock.jumpWallClock(sleep)
  const { socket: next, subscribe } = await world.comeBack()
  next.reply(subscribe, joinReply({ position, recovered: true }))
  return { ...world, channel, published, lost, socket: next }
}

const stored = (position: string, id: unknown, userId = 'ada') =>
  eventAt(position, { id, from: { user_id: userId, connection_id: 'c-1' } })

it('sends again without a question while the server knows the id', async () => {
  const { socket, lost } = await sleepOnPublish({ sleep: 240_000 })
  expect(socket.has('history')).toBe(false)
  expect(socket.take('publish').message_id).toBe(lost.message_id)
})

it('looks into the log after six minutes of sleep, and takes what it finds for the answer', async () => {
  const { socket, lost, published } = await sleepOnPublish()
  expect(socket.has('publish')).toBe(false)
  const history = socket.take('history')
  expect(history).toMatchObject({ channel: 'room:1', since: 'e:3' })
  const events = [stored('e:4', 'other'), stored('e:5', lost.message_id)]
  socket.reply(history, { events, position: 'e:9' })
  await expect(published).resolves.toEqual({
    id: lost.message_id,
    position: 'e:5',
    duplicate: true,
  })
  expect(socket.has('publish')).toBe(false)
})

it('sends again what the log shows not to have arrived', async () => {
  const { socket, lost, published } = await sleepOnPublish()
  const ofAnother = stored('e:4', lost.message_id, 'bob')
  socket.reply(socket.take('history'), { events: [ofAnother], position: 'e:4' })
  const again = socket.take('publish')
  expect(again.message_id).toBe(lost.message_id)
  socket.reply(again, { id: lost.message_id, duplicate: false })
  await expect(published).resolves.toMatchObject({ duplicate: false })
})

it('sends again after a join that began meanwhile, and not before it', async () => {
  const { socket, channel } = await sleepOnPublish()
  const history = socket.take('history')
  channel.rejoin()
  const subscribe = socket.take('subscribe')
  socket.reply(history, { events: [], position: 'e:3' })
  expect(socket.has('publish')).toBe(false)
  socket.reply(subscribe, joinReply({ position: 'e:3', recovered: true }))
  expect(socket.has('publish')).toBe(true)
})

it('reads the log to its end before it sends again', async () => {
  const { socket } = await sleepOnPublish()
  socket.reply(socket.take('history'), { events: [stored('e:4', 'x')], position: 'e:6' })
  const second = socket.take('history')
  expect(second.since).toBe('e:4')
  expect(socket.has('publish')).toBe(false)
  socket.reply(second, { events: [stored('e:5', 'y'), stored('e:6', 'z')], position: 'e:6' })
  expect(socket.has('publish')).toBe(true)
})

it.each(['not_found', 'forbidden', 'not_member'] as const)(
  'gives up where the log answers %s, and goes on with the next',
  async (code) => {
    const { socket, channel, published } = await sleepOnPublish()
    void channel.publish('m', 2)
    socket.refuse(socket.take('history'), code)
    await expect(published).rejects.toMatchObject(LATE)
    expect(socket.take('publish').payload).toBe(2)
  },
)

it.each([
  ['has no log', { events: [], position: null }],
  ['shows other events', { events: [stored('e:4', 'x')], position: 'e:4' }],
])('gives up where nothing is known of the log and it %s', async (_, reply) => {
  const { socket, published } = await sleepOnPublish({ position: null })
  const history = socket.take('history')
  expect(history).toMatchObject({ reverse: true })
  socket.reply(history, reply)
  await expect(published).rejects.toMatchObject(LATE)
  expect(socket.has('publish')).toBe(false)
})

it('asks again when the log could not be read at the moment', async () => {
  const { clock, socket } = await sleepOnPublish()
  socket.refuse(socket.take('history'), 'unavailable')
  await clock.advance(1_000)
  expect([socket.has('history'), socket.has('publish')]).toEqual([true, false])
})

it('asks again after another disconnect', async () => {
  const { socket, comeBack } = await sleepOnPublish()
  const first = socket.take('history')
  const { socket: next, subscribe } = await comeBack()
  socket.reply(first, { events: [], position: 'e:3' })
  next.reply(subscribe, joinReply({ position: 'e:3', recovered: true }))
  expect([next.has('history'), next.has('publish')]).toEqual([true, false])
})

it.each(['wall', 'monotonic'] as const)(
  'believes the %s clock where it says more',
  async (kind) => {
    const { clock, join, comeBack } = createWorld()
    const { socket, channel } = await join({}, joinReply({ position: 'e:3' }))
    void channel.publish('m', 1)
    socket.take('publish')
    if (kind === 'wall') clock.jumpWallClock(SIX_MINUTES)
    else {
      clock.jumpWallClock(-86_400_000)
      socket.end()
      await clock.advance(SIX_MINUTES)
    }
    const { socket: next, subscribe } = await comeBack()
    next.reply(subscribe, joinReply({ position: 'e:3', recovered: true }))
    expect([next.has('history'), next.has('publish')]).toEqual([true, false])
  },
)

it('counts from the first time that it was sent, however often since', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:3' }))
  void channel.publish('m', 1)
  for (let minute = 0; minute < 4; minute += 1) {
    clock.jumpWallClock(70_000)
    socket.refuse(socket.take('publish'), 'unavailable', { retry_after_ms: 100 })
    await clock.advance(100)
  }
  expect([socket.has('history'), socket.has('publish')]).toEqual([true, false])
})

it('sends as late as it likes what was refused for its rate alone', async () => {
  const { clock, join } = createWorld()
  const { socket, channel } = await join()
  void channel.publish('m', 1)
  for (let minute = 0; minute < 4; minute += 1) {
    clock.jumpWallClock(70_000)
    socket.refuse(socket.take('publish'), 'rate_limited', { retry_after_ms: 100 })
    await clock.advance(100)
  }
  expect(socket.has('publish')).toBe(true)
})

it('sends what had never been sent, however long it waited', async () => {
  const { client, clock, connect } = createWorld()
  void client.channel('room:1').publish('m', 1)
  clock.jumpWallClock(SIX_MINUTES)
  const socket = await connect()
  expect(socket.has('publish')).toBe(true)
})

it('sends nothing again as another user', async () => {
  const { clock, join, newest, sockets } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:3' }))
  const published = channel.publish('m', 1)
  const changed = channel.state.set('a', 1)
  socket.take('publish')
  socket.end()
  await clock.until(() => sockets.length === 2)
  newest().welcome({ user_id: 'bob' })
  newest().reply(newest().take('subscribe'), joinReply({ position: 'e:3', recovered: true }))
  newest().reply(newest().take('history'), { events: [], position: 'e:3' })
  await expect(published).rejects.toMatchObject(LATE)
  await expect(changed).rejects.toMatchObject(LATE)
  expect([newest().has('publish'), newest().has('state')]).toEqual([false, false])
})

/** Changes shared state, loses the answer, sleeps, and comes back to what the server has. */
async function sleepOnChange(version: number, value: object, sleep = SIX_MINUTES) {
  const world = createWorld()
  const state = (at: number, held: object) => joinReply({ state: { version: at, value: held } })
  const { socket, channel } = await world.join({ state: true }, state(4, { title: 'first' }))
  const changed = channel.state.set('title', 'mine')
  const lost = socket.take('state')
  world.clock.jumpWallClock(sleep)
  const { socket: next, subscribe } = await world.comeBack()
  next.reply(subscribe, state(version, value))
  return { ...world, state: channel.state, changed, lost, socket: next }
}

it('makes no old change of shared state over a newer one', async () => {
  const { state, changed, socket } = await sleepOnChange(6, { title: 'newer' })
  await expect(changed).rejects.toMatchObject(LATE)
  expect([state.value(), state.pending(), socket.has('state')]).toEqual([
    { title: 'newer' },
    0,
    false,
  ])
})

it('makes no old change over a state that another life of the server brought to its version', async () => {
  const { changed, socket } = await sleepOnChange(4, { title: 'newer' })
  await expect(changed).rejects.toMatchObject(LATE)
  expect(socket.has('state')).toBe(false)
})

it('goes on with the next change after one that came too late', async () => {
  const { state, changed, socket } = await sleepOnChange(5, { title: 'mine' })
  await expect(changed).rejects.toMatchObject(LATE)
  void state.set('title', 'next')
  expect(socket.take('state')).toMatchObject({ set: { title: 'next' } })
})

it('makes an old change where nothing was changed since, and only while that is so', async () => {
  const { changed, lost, socket } = await sleepOnChange(4, { title: 'first' })
  const again = socket.take('state')
  expect(again).toMatchObject({ op_id: lost.op_id, set: { title: 'mine' }, if_version: 4 })
  socket.refuse(again, 'conflict', { version: 5 })
  await expect(changed).rejects.toMatchObject(LATE)
})

it('keeps the condition of an old change when it is sent once more', async () => {
  const { changed, clock, socket } = await sleepOnChange(4, { title: 'first' })
  socket.refuse(socket.take('state'), 'unavailable', { retry_after_ms: 100 })
  await clock.advance(100)
  const again = socket.take('state')
  expect(again).toMatchObject({ if_version: 4 })
  socket.reply(again, { version: 5 })
  await expect(changed).resolves.toBe(5)
})

it('sends a change again without a condition while the server knows its id', async () => {
  const { lost, socket } = await sleepOnChange(6, { title: 'newer' }, 240_000)
  const again = socket.take('state')
  expect(again.op_id).toBe(lost.op_id)
  expect(again).not.toHaveProperty('if_version')
})
