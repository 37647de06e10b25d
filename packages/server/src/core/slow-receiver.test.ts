import type { GapFrame, ServerFrame } from '@coterie/protocol'
import { createTestHub, type TestUser, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'

const limits = { queuedBytes: 4_000, framesPerSecond: 100_000, framesBurst: 100_000 }
const channels = {
  'log:*': { history: { size: 1_000, ttlMs: 60_000 }, publish: 'authenticated' },
  'short:*': { history: { size: 5, ttlMs: 60_000 }, publish: 'authenticated' },
  'live:*': { publish: 'authenticated' },
} as const
const TEXT = 'x'.repeat(200)

async function setUp() {
  const world = await createTestHub({ users: ['ada'], limits, channels })
  const grants = [{ channels: '#', actions: ['*'] as const }]
  const bob = await world.connect('bob', 0, testPrincipal('bob', { grants }))
  const publish = async (channel: string, from: number, to: number, options = {}) => {
    for (let n = from; n < to; n += 1) {
      await world.hub.publish(channel, 'message', `${n} ${TEXT}`, options)
      if (n % 7 === 0) await world.clock.settle()
    }
    await world.clock.settle()
  }
  return { ...world, bob, publish }
}

const numbers = (user: TestUser, channel: string): number[] =>
  user.payloads(channel).map((payload) => Number.parseInt(String(payload), 10))

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => from + n)

const isGap = (frame: ServerFrame): frame is GapFrame => frame.type === 'gap'

it('catches up from the log completely and in order once a receiver reads again', async () => {
  const { hub, clock, bob, publish } = await setUp()
  await bob.subscribe('log:1')
  bob.socket.pause()
  await publish('log:1', 0, 300)
  expect(hub.figures()).toMatchObject({ slowConnections: 1, paused: 1 })
  expect(hub.figures().queuedBytes).toBeLessThan(2 * limits.queuedBytes)
  bob.socket.resume()
  await clock.until(() => numbers(bob, 'log:1').length === 300)
  await publish('log:1', 300, 303)
  await clock.advance(100)
  expect(numbers(bob, 'log:1')).toEqual(range(0, 303))
  expect(bob.frames.some(isGap)).toBe(false)
  expect(hub.figures()).toMatchObject({ slowConnections: 0, queuedBytes: 0, caughtUp: 1 })
})

it('misses no event that is published while a receiver catches up', async () => {
  const { clock, bob, publish } = await setUp()
  await bob.subscribe('log:1')
  bob.socket.pause()
  await publish('log:1', 0, 200)
  bob.socket.resume()
  for (let n = 200; n < 400; n += 10) {
    await publish('log:1', n, n + 10)
    await clock.advance(1)
  }
  await clock.until(() => numbers(bob, 'log:1').length === 400)
  expect(numbers(bob, 'log:1')).toEqual(range(0, 400))
})

it('reports the events that the log no longer held, and continues with the remaining ones', async () => {
  const { clock, bob, hub, publish } = await setUp()
  await bob.subscribe('short:1')
  bob.socket.pause()
  await publish('short:1', 0, 100)
  bob.socket.resume()
  await clock.until(() => bob.frames.some(isGap))
  await clock.advance(100)
  const gap = bob.frames.find(isGap)
  const before = numbers(bob, 'short:1').filter((n) => n < 90)
  expect(before).toEqual(range(0, before.length))
  expect(numbers(bob, 'short:1')).toEqual([...before, ...range(95, 100)])
  const at = (offset: number) => expect.stringMatching(new RegExp(`:${offset}$`))
  expect(gap).toMatchObject({ after: at(before.length), next: at(96), reason: 'trimmed' })
  expect(hub.figures().logGaps).toBe(1)
})

it('drops the oldest events without a log, and reports one gap for them', async () => {
  const { clock, bob, hub, publish } = await setUp()
  await bob.subscribe('live:1')
  bob.socket.pause()
  await publish('live:1', 0, 100)
  bob.socket.resume()
  await clock.advance(100)
  const received = numbers(bob, 'live:1')
  const order = bob.frames.flatMap((frame): (number | string)[] =>
    frame.type === 'event'
      ? [Number.parseInt(String(frame.payload), 10)]
      : frame.type === 'gap'
        ? ['gap']
        : [],
  )
  const gapAt = order.indexOf('gap')
  expect(bob.frames.filter(isGap)).toEqual([
    { type: 'gap', channel: 'live:1', after: null, next: null, reason: 'too_slow' },
  ])
  expect(received.slice(0, gapAt)).toEqual(range(0, gapAt))
  expect(received.slice(gapAt)).toEqual(range(100 - received.length + gapAt, 100))
  expect(hub.figures().unloggedDropped).toBe(100 - received.length)
})

it('keeps the newest volatile event of each sender and key', async () => {
  const { clock, ada, bob, publish } = await setUp()
  await bob.subscribe('live:1')
  bob.socket.pause()
  await publish('live:1', 0, 8)
  for (let n = 0; n < 50; n += 1) {
    const volatile = { volatile: true, key: n % 2 ? 'cursor' : 'scroll' }
    await ada.publish('live:1', 'move', n, volatile)
  }
  bob.socket.resume()
  await clock.advance(100)
  const moves = bob.frames.flatMap((frame) =>
    frame.type === 'event' && frame.event === 'move' ? [frame.payload] : [],
  )
  expect(moves).toEqual([48, 49])
})

it('catches up with all channels of a pattern, in the order of publishing', async () => {
  const { clock, bob, hub, publish } = await setUp()
  await bob.subscribe('log:*')
  bob.socket.pause()
  for (let n = 0; n < 200; n += 1) await publish(`log:${n % 3}`, n, n + 1)
  expect(hub.figures().paused).toBe(1)
  bob.socket.resume()
  await clock.advance(1_000)
  const received = [0, 1, 2].flatMap((n) => numbers(bob, `log:${n}`))
  expect(received.toSorted((a, b) => a - b)).toEqual(range(0, 200))
  const order = bob.frames.flatMap((frame) =>
    frame.type === 'event' ? [Number.parseInt(String(frame.payload), 10)] : [],
  )
  expect(order).toEqual(range(0, 200))
})

it('does not let a receiver that reads nothing delay the others', async () => {
  const { clock, ada, bob, publish } = await setUp()
  await ada.subscribe('log:1')
  await bob.subscribe('log:1')
  bob.socket.pause()
  await publish('log:1', 0, 200)
  await clock.advance(200)
  expect(numbers(ada, 'log:1')).toEqual(range(0, 200))
})

it('closes a receiver that reads nothing for the send timeout; its resume is complete', async () => {
  const { clock, bob, hub, publish } = await setUp()
  const { position } = await bob.subscribe('log:1')
  bob.socket.pause()
  await publish('log:1', 0, 100)
  await clock.advance(6_000)
  expect(bob.closed).toBeDefined()
  expect(hub.figures()).toMatchObject({ closedTooSlow: 1, connections: 1 })
  await bob.connect()
  const resumed = await bob.subscribe('log:1', { since: position ?? '' })
  expect(resumed.recovered).toBe(true)
  expect(resumed.events).toHaveLength(100)
})

it('forgets what a receiver had to catch up on when it leaves meanwhile', async () => {
  const { clock, bob, hub, publish } = await setUp()
  await bob.subscribe('log:1')
  bob.socket.pause()
  await publish('log:1', 0, 100)
  const left = bob.unsubscribe('log:1')
  bob.socket.resume()
  await left
  const received = numbers(bob, 'log:1').length
  await clock.advance(100)
  expect(numbers(bob, 'log:1')).toHaveLength(received)
  expect(hub.figures()).toMatchObject({ caughtUp: 0, slowConnections: 0 })
})
