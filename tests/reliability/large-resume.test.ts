import type { SubscribeReply } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { createTestHub, FakeClock, type TestUser } from '@coterie/testing'
import { expect, it } from 'vitest'

const channels = {
  'log:*': { history: { size: 20_000, ttlMs: 600_000 }, publish: 'authenticated' },
  'short:*': { history: { size: 1_000, ttlMs: 600_000 }, publish: 'authenticated' },
} as const
const KILOBYTE = 'x'.repeat(1_000)
const MEGABYTE = 1_048_576

/** Counts what is read of logs. */
function countingEngine(clock: FakeClock) {
  const engine = createMemoryEngine({ clock })
  const read = { bytes: 0, mostInOne: 0, mostInATick: 0 }
  let inThisTick = 0
  const counting: Engine = {
    ...engine,
    async read(...args) {
      const page = await engine.read(...args)
      const events = page.ok ? page.value.events : []
      const bytes = events.reduce((sum, { payload }) => sum + payload.length, 0)
      read.bytes += bytes
      read.mostInOne = Math.max(read.mostInOne, bytes)
      if (inThisTick === 0) {
        clock.afterTick(() => {
          inThisTick = 0
        })
      }
      inThisTick += bytes
      read.mostInATick = Math.max(read.mostInATick, inThisTick)
      return page
    },
  }
  return { engine: counting, read }
}

/** A channel with so many events of a kilobyte after the position that is returned. */
async function setUp(events: number, channel = 'log:1') {
  const clock = new FakeClock()
  const { engine, read } = countingEngine(clock)
  const limits = { framesPerSecond: 100_000, framesBurst: 100_000, sendTimeoutMs: 600_000 }
  const world = await createTestHub({ clock, engine, channels, limits, users: ['ada'] })
  const { position } = await world.ada.subscribe(channel)
  await world.ada.unsubscribe(channel)
  const publish = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await world.hub.publish(channel, 'm', KILOBYTE)
    await clock.settle()
  }
  await publish(events)
  return { ...world, read, publish, since: position as string, channel }
}

const offsetsOf = (user: TestUser, reply?: SubscribeReply): number[] =>
  [...(reply?.events ?? []), ...user.frames.filter((frame) => frame.type === 'event')].map(
    ({ position = '' }) => Number(position.slice(position.lastIndexOf(':') + 1)),
  )

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

it('brings a resume of megabytes whole, in order and once: the rest follows the reply, before what is live', async () => {
  const { connect, channel, since, publish, clock } = await setUp(4_000)
  const bob = await connect('bob')
  const resuming = bob.subscribe(channel, { since })
  await publish(20)
  const reply = await resuming
  await publish(20)
  expect(reply).toMatchObject({
    recovered: true,
    position: since.replace(/0$/, `${reply.events.length}`),
  })
  expect(JSON.stringify(reply).length).toBeLessThan(0.5 * MEGABYTE)
  await clock.until(() => offsetsOf(bob, reply).length >= 4_040)
  expect(offsetsOf(bob, reply)).toEqual(upTo(4_040))
  expect(bob.frames.some(({ type }) => type === 'gap')).toBe(false)
})

it('holds and reads little for those who resume megabytes and take none of it', async () => {
  const { connect, channel, since, hub, clock, read } = await setUp(4_000)
  const users = await Promise.all(upTo(10).map((n) => connect(`user-${n}`)))
  read.bytes = 0
  for (const user of users) {
    user.socket.pause()
    user.send({ type: 'subscribe', id: 's', channel, since })
  }
  await clock.advance(1_000)
  expect(hub.figures().queuedBytes / users.length).toBeLessThan(0.5 * MEGABYTE)
  expect(read.bytes / users.length).toBeLessThan(0.5 * MEGABYTE)
  for (const user of users) user.socket.resume()
  await clock.until(() => users.every((user) => user.frames.length > 3_700))
  await clock.advance(1_000)
  expect(hub.figures()).toMatchObject({ queuedBytes: 0, slowConnections: 0, paused: 0 })
})

it('reads for many who resume at once in small steps, with other work between', async () => {
  const { connect, channel, since, read, clock } = await setUp(4_000)
  const users = await Promise.all(upTo(10).map((n) => connect(`user-${n}`)))
  const replies = await Promise.all(users.map((user) => user.subscribe(channel, { since })))
  await clock.until(() => users.every((user) => user.frames.length >= 3_700))
  await clock.advance(1_000)
  for (const [index, user] of users.entries()) {
    expect(offsetsOf(user, replies[index])).toEqual(upTo(4_000))
  }
  expect(read.mostInOne).toBeLessThan(0.3 * MEGABYTE)
  expect(read.mostInATick).toBeLessThan(3 * MEGABYTE)
})

it('resumes as much as 4 MiB of payloads, and says where it is more', async () => {
  const { connect, channel, since } = await setUp(4_300)
  const bob = await connect('bob')
  expect(await bob.subscribe(channel, { since })).toMatchObject({
    recovered: false,
    reason: 'too_many',
    events: [],
  })
  const later = since.replace(/0$/, '200')
  expect(await bob.subscribe(channel, { since: later })).toMatchObject({ recovered: true })
})

it('never leaves out a part of what it promised: where the log loses it first, the connection ends', async () => {
  const { connect, channel, since, publish, clock } = await setUp(1_000, 'short:1')
  const bob = await connect('bob')
  bob.socket.pause()
  bob.send({ type: 'subscribe', id: 's', channel, since })
  await clock.advance(10)
  await publish(2_000)
  bob.socket.resume()
  expect((await bob.end()).code).toBe(4008)
  expect(bob.frames).toContainEqual(
    expect.objectContaining({ payload: expect.objectContaining({ recovered: true }) }),
  )
  expect(bob.frames.some(({ type }) => type === 'gap')).toBe(false)
  await bob.connect()
  expect(await bob.subscribe(channel, { since })).toMatchObject({ reason: 'trimmed', events: [] })
})
