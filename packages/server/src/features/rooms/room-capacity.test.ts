import { RealtimeError } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import { type Engine, MemoryBackplane } from '@coterie/server/engine'
import { createTestHub, FakeClock, SeededRandom } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

/** An engine that counts what is asked of it for the places in rooms. */
function countingEngine(clock: FakeClock, delayMs: number) {
  const random = new SeededRandom(1)
  const engine = createMemoryEngine({
    clock,
    random,
    backplane: new MemoryBackplane(clock, random),
  })
  const calls = {
    reads: 0,
    entriesRead: 0,
    writes: 0,
    mostKeys: 0,
    conflicts: 0,
    losesAnswers: false,
  }
  const counting: Engine = {
    ...engine,
    async entries(channel, map) {
      const snapshot = await engine.entries(channel, map)
      if (map === 'room_members') {
        calls.reads += 1
        calls.entriesRead += snapshot.entries.size
      }
      return snapshot
    },
    async change(channel, map, changes, options) {
      if (map === 'room_members') calls.mostKeys = Math.max(calls.mostKeys, changes.length)
      if (map === 'room_members' && delayMs > 0) {
        await new Promise<void>((resolve) => clock.setTimer(resolve, delayMs))
      }
      const changed = await engine.change(channel, map, changes, options)
      if (map === 'room_members' && calls.losesAnswers) {
        calls.losesAnswers = false
        throw new RealtimeError('unavailable', 'the answer was lost')
      }
      if (map === 'room_members') calls[changed.ok ? 'writes' : 'conflicts'] += 1
      return changed
    },
  }
  return { counting, calls }
}

async function setUp(maxUsers: number, delayMs = 0) {
  const clock = new FakeClock()
  const { counting, calls } = countingEngine(clock, delayMs)
  const world = await createTestHub({ clock, engine: counting, rooms: { hall: { maxUsers } } })
  const connect = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => world.connect(`u${n}`)))
  return { ...world, calls, connect }
}

describe('many who enter a room of few places', () => {
  it('cost the engine no more than one call each', async () => {
    const { calls, connect } = await setUp(1_000)
    const users = await connect(600)
    await Promise.all(users.map((user) => user.subscribe('room:hall')))
    expect(calls.writes).toBeLessThanOrEqual(600)
    expect(calls).toMatchObject({ reads: 1, entriesRead: 0, conflicts: 0 })
  })

  it('go in together while a write takes its time', async () => {
    const { calls, connect } = await setUp(1_000, 5)
    const users = await connect(200)
    await Promise.all(users.map((user) => user.subscribe('room:hall')))
    expect(calls).toMatchObject({ reads: 1, conflicts: 0 })
    expect(calls.writes).toBeLessThanOrEqual(3)
  })

  it('go in over several writes where they are very many', async () => {
    const { calls, connect } = await setUp(2_000, 5)
    const users = await connect(1_000)
    await Promise.all(users.map((user) => user.subscribe('room:hall')))
    expect(calls).toMatchObject({ reads: 1, conflicts: 0 })
    expect(calls.mostKeys).toBeLessThanOrEqual(256)
  })

  it('cost nothing more once they have gone', async () => {
    const { calls, clock, connect, hub } = await setUp(1_000)
    const users = await connect(600)
    for (const user of users) user.send({ type: 'subscribe', channel: 'room:hall' })
    for (const user of users) user.cut()
    await clock.until(() => hub.figures().connections === 0)
    expect(calls.writes + calls.conflicts).toBeLessThanOrEqual(600)
    const { writes } = calls
    await clock.advance(60_000)
    expect(calls.writes).toBe(writes)
    const late = await connect(3)
    await Promise.all(late.map((user) => user.subscribe('room:hall')))
    expect(calls.conflicts).toBe(0)
  })

  it('get as many places as there are, and those that are given back', async () => {
    const { connect, calls } = await setUp(10)
    const users = await connect(40)
    const enter = (user: (typeof users)[number]) =>
      user.subscribe('room:hall').then(
        () => true,
        ({ code }: { code: string }) => code !== 'room_full',
      )
    const entered = await Promise.all(users.map(enter))
    expect(entered.filter(Boolean)).toHaveLength(10)
    const inside = users.filter((_, n) => entered[n])
    const outside = users.filter((_, n) => !entered[n])
    await Promise.all(inside.slice(0, 3).map((user) => user.unsubscribe('room:hall')))
    const second = await Promise.all(outside.map(enter))
    expect(second.filter(Boolean)).toHaveLength(3)
    expect(calls.conflicts).toBe(0)
  })
})

it('gives a place back of which nobody knows whether it was taken', async () => {
  const { connect, calls } = await setUp(1)
  const [ada, bob] = await connect(2)
  calls.losesAnswers = true
  await expect(ada?.subscribe('room:hall')).rejects.toMatchObject({ code: 'unavailable' })
  await bob?.subscribe('room:hall')
})

it('holds its bound over nodes that are entered at once', async () => {
  const { connect, hubs } = await createTestHub({ nodes: 3, rooms: { hall: { maxUsers: 7 } } })
  expect(hubs).toHaveLength(3)
  const users = await Promise.all(Array.from({ length: 30 }, (_, n) => connect(`u${n}`, n % 3)))
  const entered = await Promise.all(
    users.map((user) =>
      user.subscribe('room:hall').then(
        () => 1,
        () => 0,
      ),
    ),
  )
  expect(entered.filter((each) => each === 1)).toHaveLength(7)
  const inside = users.filter((_, n) => entered[n] === 1)
  for (const user of inside) await user.unsubscribe('room:hall')
  await users[0]?.subscribe('room:hall')
})
