import { createTestHub, FakeClock } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { RealtimeHub } from './hub.ts'
import type { Engine } from './ports/engine.ts'
import type { Logger } from './ports/logger.ts'
import { createMemoryEngine } from './storage/create-memory-engine.ts'

describe('publishing as the server', () => {
  it('reaches members from nobody, and counts them', async () => {
    const { ada, bob, hub } = await createTestHub({ users: ['ada', 'bob'] })
    await ada.subscribe('room:1')
    await bob.subscribe('room:1')
    const published = await hub.publish('room:1', 'note', { a: 1 }, { messageId: 'm1' })
    expect(published).toMatchObject({
      ok: true,
      value: { id: 'm1', duplicate: false, receivers: 2, position: expect.any(String) },
    })
    await bob.sees('event', { payload: { a: 1 }, from: null })
    expect(await hub.publish('room:1', 'note', { a: 1 }, { messageId: 'm1' })).toMatchObject({
      ok: true,
      value: { id: 'm1', duplicate: true, receivers: 0 },
    })
  })

  it('to a pattern reaches each channel that somebody listens to', async () => {
    const { ada, bob, hub } = await createTestHub({ users: ['ada', 'bob'] })
    await ada.subscribe('room:1')
    await bob.subscribe('room:1')
    await bob.subscribe('room:2')
    expect(await hub.publish('room:*', 'note', 1)).toEqual({
      ok: true,
      value: { channels: 2, receivers: 3 },
    })
  })

  it.each([
    ['nowhere', 'unknown_channel'],
    ['room::1', 'invalid_channel'],
    ['room:#:1', 'invalid_channel'],
  ])('to %s is refused', async (channel, code) => {
    const { hub } = await createTestHub()
    expect(await hub.publish(channel, 'e', 1)).toMatchObject({ ok: false, error: { code } })
  })

  it('refuses what JSON cannot carry', async () => {
    const { hub } = await createTestHub()
    expect(await hub.publish('room:1', 'e', undefined as never)).toMatchObject({
      ok: false,
      error: { code: 'invalid_payload' },
    })
  })
})

describe('closing', () => {
  it('answers what was under way, tells everyone to come back, and is not ready any more', async () => {
    const { ada, hub, clock } = await createTestHub({ users: ['ada'] })
    await ada.subscribe('room:1')
    ada.send({ type: 'publish', id: 'p', channel: 'room:1', event: 'e', payload: 1 })
    await clock.advance(1)
    const closing = hub.close()
    const closed = await ada.end()
    expect(closed.code).toBe(1012)
    expect(JSON.parse(closed.reason)).toEqual({ retry_ms: expect.any(Number) })
    expect(ada.frames.some((frame) => frame.type === 'reply' && frame.id === 'p')).toBe(true)
    expect(await hub.health()).toEqual({ status: 'draining' })
    await clock.advance(1)
    await closing
    await hub.close()
  })

  it('does not wait for ever for a peer that is not there', async () => {
    const { ada, hub, clock } = await createTestHub({ users: ['ada'] })
    ada.socket.halfOpen()
    const closing = hub.close()
    await clock.advance(5_000)
    await closing
  })
})

describe('a failing engine', () => {
  const failing = (clock: FakeClock, broken: Partial<Engine>): Engine => ({
    ...createMemoryEngine({ clock }),
    ...broken,
  })

  it('is not ready, and the log says why', async () => {
    const clock = new FakeClock()
    const logged: string[] = []
    const log = (_: object, message: string): number => logged.push(message)
    const logger: Logger = { debug: log, info: log, warn: log, error: log }
    const health = async (): Promise<void> => {
      throw new Error('gone')
    }
    const hub = new RealtimeHub({ clock, logger, engine: failing(clock, { health }) })
    expect(await hub.health()).toEqual({ status: 'starting' })
    await hub.start()
    expect(await hub.health()).toMatchObject({ status: 'unavailable' })
    expect(logged).toContain('the engine is unavailable')
  })

  it('refuses what it cannot do with unavailable, and nothing of its insides', async () => {
    const clock = new FakeClock()
    const append = async (): Promise<never> => {
      throw new Error('connection to 10.0.0.1 refused')
    }
    const { ada } = await createTestHub({
      users: ['ada'],
      clock,
      engine: failing(clock, { append }),
    })
    await ada.subscribe('room:1')
    const refused = await ada.publish('room:1', 'e', 1).catch((error: Error) => error)
    expect(refused).toMatchObject({ code: 'unavailable' })
    expect((refused as Error).message).not.toContain('10.0.0.1')
    await ada.history('room:1')
  })
})

describe('within the process', () => {
  it('is complete on its own', async () => {
    const hub = new RealtimeHub()
    hub.createChannel('chat:general')
    const subscriber = hub.join('chat:general', 'alice', { name: 'Alice', status: 'online' })
    expect(hub.publish('chat:general', 'Hello everyone!')).toBe(1)
    expect(subscriber.tryReceive()).toBe('Hello everyone!')
    hub.publishJson('chat:general', { msg: 'typed' })
    expect(subscriber.tryReceive()).toBe('{"msg":"typed"}')
    expect(hub.getPresence('chat:general')).toMatchObject([{ clientId: 'alice' }])
    expect(hub.getPresenceDiff('chat:general').joins).toHaveLength(1)
    expect(hub.disconnect('alice')).toEqual(['chat:general'])
    expect(() => hub.publish('chat:none', 'x')).toThrow(/create it first/)
    await hub.close()
  })

  it('shares channels with connections: events both ways, and presence', async () => {
    const { hub, clock, connect } = await createTestHub({ channels: {} })
    hub.createChannel('chat:general')
    const alice = hub.join('chat:general', 'alice', { name: 'Alice' })
    const bob = await connect('bob')
    const { presence } = await bob.subscribe('chat:general', { presence: true })
    expect(presence).toMatchObject([
      { user_id: 'alice', data: { name: 'Alice' } },
      { user_id: 'bob' },
    ])
    expect(hub.getPresence('chat:general').map(({ clientId }) => clientId)).toEqual([
      'alice',
      'bob',
    ])

    await bob.publish('chat:general', 'message', 'from bob')
    await bob.publish('chat:general', 'move', { x: 1 })
    expect(alice.drain()).toEqual(['from bob', '{"x":1}'])
    expect(hub.publish('chat:general', 'from the process')).toBe(2)
    await bob.sees('event', { event: 'message', payload: 'from the process', from: null })

    hub.leave('chat:general', 'alice')
    await bob.sees('presence', { leaves: [{ user_id: 'alice' }] })
    await bob.unsubscribe('chat:general')
    await clock.advance(100)
    expect(hub.getPresence('chat:general')).toEqual([])
  })

  it('puts connections out of a channel that is removed', async () => {
    const { hub, connect } = await createTestHub({ channels: {} })
    hub.createChannel('chat:general')
    const bob = await connect('bob')
    await bob.subscribe('chat:general')
    expect(hub.removeChannel('chat:general')).toBe(true)
    await bob.sees('unsubscribed', { channel: 'chat:general', code: 'unknown_channel' })
    await expect(bob.subscribe('chat:general')).rejects.toMatchObject({ code: 'unknown_channel' })
  })
})
