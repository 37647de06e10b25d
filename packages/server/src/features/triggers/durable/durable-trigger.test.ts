import type { JsonValue } from '@coterie/protocol'
import { createTestHub, FakeClock, SeededRandom } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { MemoryBackplane } from '../../../engines/memory/memory-backplane.ts'
import type { Logger } from '../../../ports/logger.ts'
import type { Store } from '../../../ports/store.ts'
import { createMemoryEngine } from '../../../storage/create-memory-engine.ts'
import { createSqliteStore } from '../../../stores/sqlite/sqlite-store.ts'
import type { DurableContext } from '../trigger.ts'

const LONG = { size: 10_000, ttlMs: 86_400_000 }
const channels = { 'orders:*': { history: LONG }, 'brief:*': { history: { size: 3 } }, lobby: {} }

/** What several lives of a hub have in common. */
async function createWorld() {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const backplane = new MemoryBackplane(clock, random)
  const kept = createSqliteStore({ path: ':memory:' })
  await kept.start()
  const logged: Record<string, unknown>[] = []
  const note = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    void logged.push({ ...fields, message })
  const logger: Logger = { debug() {}, info() {}, warn: note, error: note }
  const start = (nodes = 1, triggers = {}) => {
    const store = outliving(kept)
    const engine = createMemoryEngine({ clock, random, backplane })
    const options = nodes === 1 ? { engine } : {}
    return createTestHub({
      users: ['ada'],
      clock,
      channels,
      logger,
      store,
      nodes,
      triggers,
      limits: { framesPerSecond: 10_000, framesBurst: 10_000 },
      seed: random.below(1_000),
      ...options,
    })
  }
  return { clock, logged, start, store: kept }
}

/** The same store, which does not end with the hub. */
function outliving(store: Store): Store {
  const { notifications, deliveries, subscriptions, preferences, triggers } = store
  return {
    notifications,
    deliveries,
    subscriptions,
    preferences,
    triggers,
    start: async () => {},
    forgetKeys: (nowMs) => store.forgetKeys(nowMs),
    health: () => store.health(),
    close: async () => {},
  }
}

type World = Awaited<ReturnType<typeof createWorld>>
type Scene = Awaited<ReturnType<World['start']>>

async function order({ ada }: Scene, ...numbers: JsonValue[]): Promise<void> {
  await ada.subscribe('orders:1')
  for (const n of numbers) await ada.publish('orders:1', 'placed', n)
}

/** Closes a hub, which takes a little while. */
async function end({ clock }: World, hub: Scene['hub'] | undefined): Promise<void> {
  const closed = hub?.close()
  await clock.advance(2_000)
  await closed
}

const ship = { durable: 'ship' } as const

describe('a durable trigger', () => {
  it('runs after the append, for what clients publish from then on', async () => {
    const world = await createWorld()
    const scene = await world.start()
    await order(scene, 'before')
    const told: DurableContext<JsonValue, { id: string }>[] = []
    scene.hub.trigger('orders:{id}', 'placed', (context) => void told.push(context), ship)
    await world.clock.settle()
    await scene.hub.publish('orders:1', 'placed', 'by the server')
    await scene.ada.publish('orders:1', 'other', 1)
    const { id, position } = await scene.ada.publish('orders:1', 'placed', { n: 1 })
    await expect.poll(() => told).toHaveLength(1)
    expect(told).toMatchObject([
      {
        event: 'placed',
        channel: 'orders:1',
        params: { id: '1' },
        input: { n: 1 },
        id,
        position,
        from: { user_id: 'ada', connection_id: scene.ada.socket.connectionId },
        timestamp: expect.stringMatching(/^2026-01-01T00:00:00\.\d{3}Z$/),
        attempt: 1,
      },
    ])
    expect(told[0]).not.toHaveProperty('reply')
  })

  it('can begin with what is in the log', async () => {
    const world = await createWorld()
    const scene = await world.start()
    await order(scene, 1, 2)
    const handled: JsonValue[] = []
    const fromStart = { ...ship, from: 'start' } as const
    scene.hub.trigger('orders:*', '*', ({ input }) => void handled.push(input), fromStart)
    await expect.poll(() => handled).toEqual([1, 2])
  })

  it('goes on after a restart where it was, with what came meanwhile', async () => {
    const world = await createWorld()
    const handled: JsonValue[] = []
    const first = await world.start()
    first.hub.trigger('orders:*', 'placed', ({ input }) => void handled.push(input), ship)
    await order(first, 1, 2)
    await expect.poll(() => handled).toEqual([1, 2])
    await end(world, first.hub)
    const without = await world.start()
    await order(without, 3, 4)
    await end(world, without.hub)
    const third = await world.start()
    third.hub.trigger('orders:*', 'placed', ({ input }) => void handled.push(input), ship)
    await order(third, 5)
    await expect.poll(() => handled).toEqual([1, 2, 3, 4, 5])
  })

  it('tries again, longer and longer after, and keeps the order meanwhile', async () => {
    const world = await createWorld()
    const scene = await world.start()
    const tried: [JsonValue, number, number][] = []
    const handler = ({ input, attempt }: DurableContext): void => {
      tried.push([input, attempt, world.clock.elapsed()])
      if (input === 1 && attempt < 5) throw new Error('busy')
    }
    scene.hub.trigger('orders:*', 'placed', handler, ship)
    await order(scene, 1, 2)
    await world.clock.advance(5_000)
    expect(tried.map(([input, attempt]) => [input, attempt])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
      [1, 5],
      [2, 1],
    ])
    const pauses = tried.slice(1, 5).map(([, , atMs], index) => atMs - (tried[index]?.[2] ?? 0))
    for (const [index, pauseMs] of pauses.entries()) {
      expect(pauseMs / (100 * 2 ** index)).toBeGreaterThanOrEqual(0.8)
      expect(pauseMs / (100 * 2 ** index)).toBeLessThanOrEqual(1.2)
    }
  })

  it('gives up after ten attempts, goes on, and can be asked again', async () => {
    const world = await createWorld()
    const scene = await world.start()
    const { hub, ada } = scene
    const handled: JsonValue[] = []
    let isStocked = false
    hub.trigger(
      'orders:*',
      'placed',
      ({ input }) => {
        if (input === 2 && !isStocked) throw new Error('out of stock\nforged line')
        handled.push(input)
      },
      ship,
    )
    await order(scene, 1, 2, 3)
    await world.clock.advance(120_000)
    expect(handled).toEqual([1, 3])
    const listed = await hub.deadLetters.list({ trigger: 'ship' })
    if (!listed.ok) throw listed.error
    const [letter] = listed.value
    expect(listed.value).toHaveLength(1)
    expect(letter).toMatchObject({
      trigger: 'ship',
      channel: 'orders:1',
      event: 'placed',
      payload: '2',
      from: { user_id: 'ada' },
      attempts: 10,
      error: 'out of stock forged line',
    })
    expect((letter?.failedAtMs ?? 0) - (letter?.firstTriedAtMs ?? 0)).toBeGreaterThan(40_000)
    expect(hub.triggerFigures()).toMatchObject({ ship: { runs: 12, failures: 10, dead: 1 } })

    const id = letter?.id ?? 0
    expect(await hub.deadLetters.replay(id)).toMatchObject({
      value: { status: 'dead', letter: { attempts: 11 } },
    })
    isStocked = true
    expect(await hub.deadLetters.replay(id)).toMatchObject({ value: { status: 'handled' } })
    expect(handled).toEqual([1, 3, 2])
    expect(await hub.deadLetters.list()).toEqual({ ok: true, value: [] })
    expect(await hub.deadLetters.replay(id)).toMatchObject({ error: { code: 'not_found' } })
    expect(await hub.deadLetters.discard(id)).toMatchObject({ error: { code: 'not_found' } })
    await ada.publish('orders:1', 'placed', 4)
    await expect.poll(() => handled.at(-1)).toBe(4)
  })

  it('counts attempts over restarts, so that no event ends the process for ever', async () => {
    const world = await createWorld()
    const scene = await world.start()
    const options = { ...ship, attempts: 3 }
    scene.hub.trigger('orders:*', 'placed', () => {}, options)
    await world.clock.settle()
    await order(scene, 'deadly', 'harmless')
    await world.clock.settle()
    await end(world, scene.hub)
    // As it is where the process has died in the last attempt.
    const { triggers } = world.store
    const now = world.clock.now()
    const lease = await triggers.lease('ship', 'test', now, now + 1)
    if (!lease.isHeld) throw new Error('the trigger was not let go')
    const { position } = lease.progress
    const before = position && { ...position, offset: position.offset - 2 }
    await triggers.save('ship', 'test', { position: before, attempts: 3 })
    await triggers.release('ship', 'test')
    const handled: JsonValue[] = []
    const again = await world.start()
    again.hub.trigger('orders:*', 'placed', ({ input }) => void handled.push(input), options)
    await expect.poll(() => handled).toEqual(['harmless'])
    expect(await again.hub.deadLetters.list()).toMatchObject({
      value: [
        { payload: '"deadly"', attempts: 3, error: expect.stringContaining('process ended') },
      ],
    })
  })

  it('runs on one node, and on another when that one has died', async () => {
    const world = await createWorld()
    const scene = await world.start(2, { leaseMs: 1_000 })
    const handled: [node: number, JsonValue][] = []
    for (const [node, hub] of scene.hubs.entries()) {
      hub.trigger('orders:*', 'placed', ({ input }) => void handled.push([node, input]), ship)
      await world.clock.settle()
    }
    await order(scene, 1)
    const bob = await scene.connect('bob', 1)
    await bob.subscribe('orders:1')
    await bob.publish('orders:1', 'placed', 2)
    await expect
      .poll(() => handled)
      .toEqual([
        [0, 1],
        [0, 2],
      ])
    await end(world, scene.hubs[0])
    await bob.publish('orders:1', 'placed', 3)
    await world.clock.advance(3_000)
    expect(handled.slice(2)).toEqual([[1, 3]])
  })

  it('stops where another node has taken it over', async () => {
    const world = await createWorld()
    const scene = await world.start(1, { leaseMs: 3_000 })
    const handled: JsonValue[] = []
    let isBlocked = true
    scene.hub.trigger(
      'orders:*',
      'placed',
      async ({ input, signal }) => {
        if (isBlocked) await new Promise((_, reject) => signal.addEventListener('abort', reject))
        handled.push(input)
      },
      { ...ship, timeoutMs: 600_000 },
    )
    await world.clock.settle()
    await order(scene, 1)
    const { triggers } = world.store
    // As another node does that thinks this one dead.
    const late = world.clock.now() + 10_000
    expect(await triggers.lease('ship', 'other', late, late + 10_000)).toMatchObject({
      isHeld: true,
    })
    await world.clock.advance(5_000)
    isBlocked = false
    await world.clock.advance(9_000)
    expect(handled).toEqual([])
    await triggers.release('ship', 'other')
    await world.clock.advance(10_000)
    expect(handled).toEqual([1])
  })

  it('says what it missed where the log was too short, and goes on with the oldest', async () => {
    const world = await createWorld()
    const handled: JsonValue[] = []
    const first = await world.start()
    const register = (scene: Scene) =>
      scene.hub.trigger('#', 'placed', ({ input }) => void handled.push(input), ship)
    register(first)
    await order(first, 1)
    await expect.poll(() => handled).toEqual([1])
    await end(world, first.hub)
    const without = await world.start()
    await without.ada.subscribe('brief:1')
    // More than are read at a time: it is one loss all the same.
    const waiting = Array.from({ length: 150 }, (_, n) => 100 + n)
    await order(without, 2, ...waiting)
    for (const n of [3, 4, 5, 6, 7, 8]) await without.ada.publish('brief:1', 'placed', n)
    await end(world, without.hub)
    const third = await world.start()
    register(third)
    await order(third, 9)
    await expect.poll(() => handled).toEqual([1, 2, ...waiting, 6, 7, 8, 9])
    expect(third.hub.triggerFigures()).toMatchObject({ ship: { lost: 1 } })
    expect(world.logged).toMatchObject([
      { trigger: 'ship', reason: 'trimmed', message: expect.stringContaining('events were lost') },
    ])
  })

  it('misses nothing where the log has lost only what is not for it', async () => {
    const world = await createWorld()
    const first = await world.start()
    first.hub.trigger('#', 'placed', () => {}, ship)
    await world.clock.settle()
    await first.ada.subscribe('brief:1')
    for (const n of [1, 2, 3, 4, 5, 6]) await first.ada.publish('brief:1', 'other', n)
    await end(world, first.hub)
    const second = await world.start()
    const handled: JsonValue[] = []
    second.hub.trigger('#', 'placed', ({ input }) => void handled.push(input), ship)
    await order(second, 7)
    await expect.poll(() => handled).toEqual([7])
    expect(second.hub.triggerFigures()).toMatchObject({ ship: { lost: 0 } })
    expect(world.logged).toEqual([])
  })

  it('begins anew where the engine has lost its log', async () => {
    const world = await createWorld()
    const first = await world.start()
    first.hub.trigger('orders:*', 'placed', () => {}, ship)
    await order(first, 1)
    await end(world, first.hub)
    const other = await createWorld()
    const second = await createTestHub({
      users: ['ada'],
      channels,
      clock: other.clock,
      store: outliving(world.store),
      seed: 99,
    })
    const handled: JsonValue[] = []
    await order(second, 'a')
    second.hub.trigger('orders:*', 'placed', ({ input }) => void handled.push(input), ship)
    await order(second, 'b')
    await expect.poll(() => handled).toEqual(['a', 'b'])
    expect(second.hub.triggerFigures()).toMatchObject({ ship: { lost: 1 } })
  })

  it('warns once of events that no log keeps', async () => {
    const world = await createWorld()
    const { hub, ada } = await world.start()
    let runs = 0
    hub.trigger(
      '#',
      'placed',
      () => {
        runs += 1
      },
      ship,
    )
    await world.clock.settle()
    await ada.subscribe('lobby')
    for (const n of [1, 2]) await ada.publish('lobby', 'placed', n)
    await world.clock.settle()
    expect(runs).toBe(0)
    expect(world.logged).toEqual([
      expect.objectContaining({
        trigger: 'ship',
        channel: 'lobby',
        message: expect.stringContaining('no history keeps'),
      }),
    ])
  })

  it('can be replaced: the next one goes on where it was stopped', async () => {
    const world = await createWorld()
    const scene = await world.start()
    const handled: [string, JsonValue][] = []
    const register = (name: string) =>
      scene.hub.trigger('orders:*', 'placed', ({ input }) => void handled.push([name, input]), ship)
    const remove = register('old')
    await order(scene, 1)
    await expect.poll(() => handled).toHaveLength(1)
    remove()
    register('new')
    await order(scene, 2)
    await expect.poll(() => handled).toHaveLength(2)
    remove()
    await world.clock.advance(60_000)
    await scene.ada.publish('orders:1', 'placed', 3)
    await expect.poll(() => handled).toHaveLength(3)
    expect(handled).toEqual([
      ['old', 1],
      ['new', 2],
      ['new', 3],
    ])
  })

  it('lets the hub close while it runs, and runs again then', async () => {
    const world = await createWorld()
    const scene = await world.start()
    const tried: number[] = []
    const handler = async ({ attempt, signal }: DurableContext): Promise<void> => {
      tried.push(attempt)
      if (tried.length > 1) return
      await new Promise((_, reject) => signal.addEventListener('abort', reject))
    }
    scene.hub.trigger('orders:*', 'placed', handler, ship)
    await order(scene, 1)
    await expect.poll(() => tried).toEqual([1])
    await end(world, scene.hub)
    const again = await world.start()
    again.hub.trigger('orders:*', 'placed', handler, ship)
    await expect.poll(() => tried).toEqual([1, 1])
    expect(again.hub.triggerFigures()).toMatchObject({ ship: { failures: 0 } })
  })

  it('knows why it gave up, also where the store was away just then', async () => {
    const world = await createWorld()
    const scene = await world.start()
    const handled: JsonValue[] = []
    const handler = ({ input }: DurableContext): void => {
      if (input === 1) throw new Error('out of stock')
      handled.push(input)
    }
    scene.hub.trigger('orders:*', 'placed', handler, { ...ship, attempts: 1 })
    await world.clock.settle()
    const { triggers } = world.store
    const { bury } = triggers
    triggers.bury = () => Promise.reject(new Error('the disk is full'))
    await order(scene, 1, 2)
    await world.clock.advance(5_000)
    expect(handled).toEqual([])
    triggers.bury = bury
    await world.clock.advance(2_000)
    expect(handled).toEqual([2])
    expect(await scene.hub.deadLetters.list()).toMatchObject({
      value: [{ error: 'out of stock', attempts: 1 }],
    })
  })

  it('waits for a store that is away', async () => {
    const world = await createWorld()
    const scene = await world.start()
    const handled: JsonValue[] = []
    scene.hub.trigger('orders:*', 'placed', ({ input }) => void handled.push(input), ship)
    await world.clock.settle()
    const { triggers } = world.store
    const { save } = triggers
    triggers.save = () => Promise.reject(new Error('the disk is full'))
    await order(scene, 1, 2)
    await world.clock.advance(5_000)
    expect(handled).toEqual([])
    triggers.save = save
    await world.clock.advance(2_000)
    expect(handled).toEqual([1, 2])
  })
})
