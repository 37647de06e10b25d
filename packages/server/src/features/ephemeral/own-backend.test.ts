import { RealtimeError } from '@coterie/protocol'
import { createTestHub, FakeClock } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { RealtimeHub } from '../../hub.ts'
import { InMemoryRealtime } from '../../local/in-memory-realtime.ts'
import type { Engine } from '../../ports/engine.ts'
import { silentLogger } from '../../ports/logger.ts'
import type {
  EphemeralCallback,
  EphemeralEvent,
  RealtimeBackend,
} from '../../ports/realtime-backend.ts'
import { createMemoryEngine } from '../../storage/create-memory-engine.ts'

/** A backend with the four methods and no more, as an application writes it. */
class OwnRealtime implements RealtimeBackend {
  readonly calls: string[] = []
  readonly #inner = new InMemoryRealtime()

  async publish(channel: string, event: EphemeralEvent): Promise<void> {
    this.calls.push(`publish ${channel} ${event.type} ${event.userId}`)
    await this.#inner.publish(channel, event)
  }

  async subscribe(channel: string, callback: EphemeralCallback): Promise<string> {
    this.calls.push(`subscribe ${channel}`)
    return this.#inner.subscribe(channel, callback)
  }

  async unsubscribe(subscriptionId: string): Promise<boolean> {
    this.calls.push('unsubscribe')
    return this.#inner.unsubscribe(subscriptionId)
  }

  async close(): Promise<void> {
    this.calls.push('close')
  }
}

it('carries what the application publishes and hears, by the four methods alone', async () => {
  const realtime = new OwnRealtime()
  const { hub, clock } = await createTestHub({ channels: {}, realtime })
  const heard: EphemeralEvent[] = []
  const id = await hub.ephemeral.subscribeRoom('room-123', (event) => void heard.push(event))
  const other = await hub.ephemeral.subscribeRoom('room-123', () => {})
  await hub.ephemeral.publishTyping('room-123', 'user-456')
  await hub.ephemeral.publishPresence('room-123', 'user-456', 'online')
  await hub.ephemeral.publishReaction('room-123', 'user-456', { emoji: '👍' })
  await hub.ephemeral.publishReadReceipt('room-123', 'user-456', 'evt-789')
  await clock.advance(1_000)
  expect(heard.map(({ type }) => type)).toEqual([
    'typing_start',
    'presence_online',
    'reaction',
    'read_receipt',
  ])
  expect(heard[3]?.data).toMatchObject({ event_id: 'evt-789' })
  expect(heard[2]).toMatchObject({ roomId: 'room-123', data: { emoji: '👍' }, channelId: null })
  expect(await hub.ephemeral.unsubscribeRoom(id)).toBe(true)
  expect(realtime.calls).not.toContain('unsubscribe')
  expect(await hub.ephemeral.unsubscribeRoom(other)).toBe(true)
  expect(await hub.ephemeral.unsubscribeRoom(other)).toBe(false)
  const closing = hub.close()
  await clock.settle()
  await closing
  expect(realtime.calls).toEqual([
    'subscribe room:room-123',
    'publish room:room-123 typing_start user-456',
    'publish room:room-123 presence_online user-456',
    'publish room:room-123 reaction user-456',
    'publish room:room-123 read_receipt user-456',
    'unsubscribe',
    'close',
  ])
})

describe('two hubs that share a backend', () => {
  async function start(sharesEngine: boolean) {
    const clock = new FakeClock()
    const realtime = new InMemoryRealtime()
    const options = { clock, realtime, users: ['ada'] } as const
    if (sharesEngine) {
      const world = await createTestHub({ ...options, users: ['ada', 'bob'], nodes: 2 })
      const [near, far] = world.hubs as [RealtimeHub, RealtimeHub]
      return { ...world, near, far, realtime }
    }
    const one = await createTestHub({ ...options, users: ['ada'] })
    const two = await createTestHub({ ...options, users: ['bob'] })
    return { ada: one.ada, bob: two.bob, near: one.hub, far: two.hub, clock, realtime }
  }

  it.each([
    ['and an engine', true],
    ['and nothing else', false],
  ])('%s: all hear everything once', async (_, sharesEngine) => {
    const { ada, bob, near, far, clock } = await start(sharesEngine)
    for (const user of [ada, bob]) await user.subscribe('room:1')
    const told: string[] = []
    await far.ephemeral.subscribeRoom(
      '1',
      ({ type, userId }) => void told.push(`${userId} ${type}`),
    )
    await ada.request({ type: 'typing', channel: 'room:1' })
    await clock.settle()
    await ada.request({ type: 'typing', channel: 'room:1', is_typing: false })
    await near.ephemeral.publishTyping('1', 'eve')
    await near.ephemeral.publishCustom('1', 'eve', { a: 1 })
    await near.publish('room:1', 'message', 1, { messageId: 'm1' })
    await ada.request({ type: 'read', channel: 'room:1', event_id: 'm1' })
    await clock.advance(7_000)
    const expected = [
      'ada typing_start',
      'ada typing_stop',
      'eve typing_start',
      'eve custom',
      'ada read_receipt',
      'eve typing_stop',
    ]
    expect(told).toEqual(expected)
    for (const user of [ada, bob]) {
      const frames = user.frames.flatMap((frame) =>
        frame.type === 'ephemeral' ? [`${frame.user_id} ${frame.event_type}`] : [],
      )
      expect(frames).toEqual(expected)
    }
  })

  it('drop a room with the last who hears it', async () => {
    const { ada, bob, near, clock, realtime } = await start(false)
    await ada.subscribe('room:1')
    await bob.subscribe('room:1')
    const id = await near.ephemeral.subscribeRoom('1', () => {})
    await ada.unsubscribe('room:1')
    bob.cut()
    await clock.advance(60_000)
    expect(realtime.channels).toEqual(['room:1'])
    await near.ephemeral.unsubscribeRoom(id)
    expect(realtime.channels).toEqual([])
  })

  it.each([
    ['without an engine in common', false],
    ['with one', true],
  ])('hear typing end where another said so than began it, %s', async (_, sharesEngine) => {
    const { bob, near, far, clock } = await start(sharesEngine)
    await bob.subscribe('room:1')
    await near.ephemeral.publishTyping('1', 'eve')
    await far.ephemeral.publishTyping('1', 'eve', false)
    await clock.advance(1_000)
    const types = bob.frames.flatMap((frame) =>
      frame.type === 'ephemeral' ? [frame.event_type] : [],
    )
    expect(types).toEqual(['typing_start', 'typing_stop'])
  })

  it('hear typing end that nobody hears where it began', async () => {
    const { bob, near, clock } = await start(false)
    await bob.subscribe('room:9')
    await near.ephemeral.publishTyping('9', 'eve')
    await clock.advance(6_000)
    const types = bob.frames.flatMap((frame) =>
      frame.type === 'ephemeral' ? [frame.event_type] : [],
    )
    expect(types).toEqual(['typing_start', 'typing_stop'])
  })
})

describe('a backend that fails', () => {
  const broken = (part: Partial<RealtimeBackend>): RealtimeBackend => {
    const inner = new InMemoryRealtime()
    return {
      publish: (...event) => inner.publish(...event),
      subscribe: (...channel) => inner.subscribe(...channel),
      unsubscribe: (id) => inner.unsubscribe(id),
      close: () => inner.close(),
      ...part,
    }
  }
  const refuse = async (): Promise<never> => {
    throw new Error('10.0.0.1 refused')
  }
  const start = (realtime: RealtimeBackend) =>
    createTestHub({ users: ['ada'], realtime, logger: silentLogger })

  it('refuses what it does not take, and rooms go on', async () => {
    const { ada, hub } = await start(broken({ publish: refuse }))
    await ada.subscribe('room:1')
    await ada.request({ type: 'typing', channel: 'room:1' })
    await expect(hub.ephemeral.publishPresence('1', 'eve', 'away')).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the realtime backend did not take the event',
    })
    await ada.publish('room:1', 'message', 'Hello')
  })

  it('tells of typing again once the engine takes it', async () => {
    const clock = new FakeClock()
    let isDown = true
    const engine = createMemoryEngine({ clock })
    const change: Engine['change'] = async (...given) => {
      if (isDown) throw new RealtimeError('unavailable', 'down')
      return inner(...given)
    }
    const inner = engine.change.bind(engine)
    const realtime = new InMemoryRealtime()
    const hub = new RealtimeHub({ clock, realtime, engine: Object.assign(engine, { change }) })
    const heard: string[] = []
    await hub.ephemeral.subscribeRoom('1', ({ type }) => void heard.push(type))
    await expect(hub.ephemeral.publishTyping('1', 'eve')).rejects.toMatchObject({
      code: 'unavailable',
    })
    isDown = false
    await hub.ephemeral.publishTyping('1', 'eve')
    await clock.advance(6_000)
    expect(heard).toEqual(['typing_start', 'typing_stop'])
  })

  it('is asked again until it brings the room', async () => {
    let attempts = 0
    const inner = new InMemoryRealtime()
    const subscribe: RealtimeBackend['subscribe'] = async (...channel) => {
      attempts += 1
      return attempts < 3 ? refuse() : inner.subscribe(...channel)
    }
    const publish: RealtimeBackend['publish'] = (...event) => inner.publish(...event)
    const { ada, hub, clock } = await start(broken({ subscribe, publish }))
    await expect(hub.ephemeral.subscribeRoom('1', () => {})).rejects.toMatchObject({
      code: 'unavailable',
    })
    await ada.subscribe('room:1')
    await clock.advance(1_000)
    expect(attempts).toBe(3)
    await hub.ephemeral.publishPresence('1', 'eve', 'away')
    await ada.sees('ephemeral', { event_type: 'presence_away' })
  })

  it('that never answers keeps nobody out of a room, nor the hub from closing', async () => {
    const never = (): Promise<never> => new Promise(() => {})
    const { ada, hub, clock } = await start(broken({ subscribe: never }))
    await ada.subscribe('room:1')
    const closing = hub.close()
    await clock.advance(60_000)
    await closing
  })

  it('brings events alone: anything else is skipped and counted', async () => {
    let tell: EphemeralCallback = () => {}
    const subscribe: RealtimeBackend['subscribe'] = async (_, callback) => {
      tell = callback
      return 's'
    }
    const { ada, hub } = await start(broken({ subscribe }))
    await ada.subscribe('room:1')
    const event = {
      id: 'e',
      roomId: '1',
      type: 'reaction',
      userId: 'eve',
      channelId: null,
      data: {},
      timestamp: '2026-01-01T00:00:00.000Z',
    } as const
    for (const wrong of [
      undefined,
      null,
      'text',
      {},
      { ...event, type: 'nonsense' },
      { ...event, data: 1n },
    ]) {
      await tell(wrong as never)
    }
    await tell(event)
    await ada.sees('ephemeral')
    const told = ada.frames.filter(({ type }) => type === 'ephemeral')
    expect(told).toMatchObject([{ user_id: 'eve', event_type: 'reaction' }])
    expect(hub.ephemeral.malformedCount).toBe(6)
  })

  it.each([
    ['a text', 'redis://localhost', /^"realtime": expected a RealtimeBackend with publish, /],
    ['half of one', { publish: refuse, close: refuse }, /this has no subscribe, unsubscribe$/],
  ])('is refused at once where it is %s', (_, realtime, message) => {
    const clock = new FakeClock()
    const engine = createMemoryEngine({ clock })
    expect(() => new RealtimeHub({ realtime: realtime as never, engine, clock })).toThrow(message)
  })
})
