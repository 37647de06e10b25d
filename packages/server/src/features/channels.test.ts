import type { SubscribeReply } from '@coterie/protocol'
import { createTestHub, FakeClock, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../ports/engine.ts'
import { createMemoryEngine } from '../storage/create-memory-engine.ts'

const grants = (channels: string, ...actions: ('subscribe' | 'publish' | 'history' | '*')[]) =>
  ({ grants: [{ channels, actions }] }) as const

describe('publishing', () => {
  it('reaches every member, the sender too, and answers with the position', async () => {
    const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
    await ada.subscribe('room:1')
    await bob.subscribe('room:1')
    const reply = await ada.publish('room:1', 'message', { text: 'hi' }, { message_id: 'm1' })
    const expected = {
      channel: 'room:1',
      event: 'message',
      payload: { text: 'hi' },
      from: { user_id: 'ada', connection_id: ada.socket.connectionId },
      id: 'm1',
      position: reply.position,
    }
    await ada.sees('event', expected)
    await bob.sees('event', expected)
    expect(reply).toMatchObject({ duplicate: false, id: 'm1' })
  })

  it('spares the sending connection when it wants no echo, but not its other tab', async () => {
    const { ada, bob, connect } = await createTestHub({ users: ['ada', 'bob'] })
    const tab = await connect('ada')
    for (const user of [ada, bob, tab]) await user.subscribe('room:1')
    await ada.publish('room:1', 'e', 1, { echo: false })
    await ada.publish('room:1', 'e', 2)
    for (const user of [ada, bob, tab]) await user.sees('event', { payload: 2 })
    expect(ada.payloads('room:1')).toEqual([2])
    expect(bob.payloads('room:1')).toEqual([1, 2])
    expect(tab.payloads('room:1')).toEqual([1, 2])
  })

  it('answers a repeated message id with the first result, over a reconnect too', async () => {
    const { ada } = await createTestHub({ users: ['ada'] })
    await ada.subscribe('room:1')
    const first = await ada.publish('room:1', 'e', 1, { message_id: 'm1' })
    ada.cut()
    await ada.connect()
    await ada.subscribe('room:1')
    expect(await ada.publish('room:1', 'e', 1, { message_id: 'm1' })).toEqual({
      ...first,
      duplicate: true,
    })
    expect((await ada.history('room:1')).events).toHaveLength(1)
  })

  it.each([
    ['room:2', 'not_member', 'Not a member of this room'],
    ['lobby', 'not_member', 'Not a member of this channel'],
    ['nowhere', 'unknown_channel', 'nowhere'],
    ['room:*', 'invalid_channel', 'pattern'],
    ['room:', 'invalid_channel', 'segments'],
    ['news', 'forbidden', 'publish'],
    ['user:ada', 'forbidden', 'publish'],
  ])('to %s is refused with %s', async (channel, code, message) => {
    const { ada } = await createTestHub({
      users: ['ada'],
      channels: { 'room:*': {}, lobby: {}, news: { publish: 'server' } },
    })
    const refused = expect(ada.publish(channel, 'e', 1)).rejects
    await refused.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  it('keeps a payload as it was written, to the digit', async () => {
    const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
    await ada.subscribe('room:1')
    await bob.subscribe('room:1')
    const payload = '{"n": 12345678901234567890, "s": "\\ud83d\\ude00"}'
    ada.sendText(`{"type":"publish","channel":"room:1","event":"e","payload":${payload}}`)
    await bob.sees('event')
    expect(bob.texts.at(-1)).toContain(`"payload":${payload},`)
  })
})

describe('subscribing', () => {
  it('resumes with exactly what was missed, in order, then live', async () => {
    const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
    await ada.subscribe('room:1')
    await bob.subscribe('room:1')
    const { position } = await ada.publish('room:1', 'e', 1)
    bob.cut()
    await ada.publish('room:1', 'e', 2)
    await ada.publish('room:1', 'e', 3)
    await bob.connect()
    const resumed = await bob.subscribe('room:1', { since: position })
    expect(resumed).toMatchObject({ recovered: true, events: [{ payload: 2 }, { payload: 3 }] })
    expect(resumed.reason).toBeUndefined()
    expect(resumed.position).toBe(resumed.events[1]?.position)
    await ada.publish('room:1', 'e', 4)
    await bob.sees('event', { payload: 4 })
    expect(bob.payloads('room:1')).toEqual([4])
  })

  it.each(['before', 'after'] as const)(
    'loses and doubles nothing that is published %s a slow engine reads',
    async (moment) => {
      const clock = new FakeClock()
      const engine = slowToRead(clock, moment)
      const { ada, bob } = await createTestHub({ users: ['ada', 'bob'], clock, engine })
      await ada.subscribe('room:1')
      const { position } = await ada.publish('room:1', 'e', 0)
      bob.send({ type: 'subscribe', id: 's', channel: 'room:1', since: position })
      for (let n = 1; n <= 20; n += 1) {
        ada.send({ type: 'publish', channel: 'room:1', event: 'e', payload: n })
        await clock.advance(5)
      }
      const { payload } = await bob.sees('reply', { id: 's' })
      await bob.sees('event', { payload: 20 })
      const missed = (payload as unknown as SubscribeReply).events.map((event) => event.payload)
      const all = [...missed, ...bob.payloads('room:1')]
      expect(all).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
    },
  )

  it('says why it cannot resume, and shows recent events where they are wanted', async () => {
    const { ada } = await createTestHub({
      users: ['ada'],
      channels: { 'room:*': { history: { size: 2 } } },
      limits: { recoveredEvents: 1 },
    })
    await ada.subscribe('room:1')
    const { position } = await ada.publish('room:1', 'e', 1)
    for (const n of [2, 3, 4]) await ada.publish('room:1', 'e', n)
    const [epoch] = (position ?? '').split(':')
    const failures: [string | undefined, string][] = [
      [position, 'trimmed'],
      [`${epoch}:2`, 'too_many'],
      [`${epoch}:99`, 'unknown_epoch'],
      ['other:1', 'unknown_epoch'],
      ['nonsense', 'unknown_epoch'],
    ]
    for (const [since, reason] of failures) {
      const reply = await ada.subscribe('room:1', { since, recent: 1 })
      expect(reply).toMatchObject({ recovered: false, reason, events: [{ payload: 4 }] })
    }
    expect(await ada.subscribe('room:1', { since: `${epoch}:4` })).toMatchObject({
      recovered: true,
      events: [],
    })
  })

  it('has no position where no history is kept', async () => {
    const { ada } = await createTestHub({ users: ['ada'], channels: { lobby: {} } })
    const reply = await ada.subscribe('lobby')
    expect(reply).toEqual({ channel: 'lobby', position: null, recovered: false, events: [] })
    expect(await ada.publish('lobby', 'e', 1)).not.toHaveProperty('position')
    expect(await ada.history('lobby')).toEqual({ events: [], position: null })
  })

  it('changes nothing when it is repeated', async () => {
    const { ada } = await createTestHub({ users: ['ada'] })
    await ada.subscribe('room:1')
    await ada.subscribe('room:1')
    await ada.publish('room:1', 'e', 1)
    await ada.publish('room:1', 'e', 2)
    await ada.sees('event', { payload: 2 })
    expect(ada.payloads('room:1')).toEqual([1, 2])
  })

  it('ends with unsubscribe, and what comes after is not received', async () => {
    const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
    await ada.subscribe('room:1')
    await bob.subscribe('room:1')
    await bob.unsubscribe('room:1')
    await ada.publish('room:1', 'e', 1)
    await bob.request({ type: 'history', channel: 'room:1' })
    expect(bob.payloads('room:1')).toEqual([])
    expect(await bob.request({ type: 'unsubscribe', channel: 'room:1' })).toEqual({
      channel: 'room:1',
    })
  })

  it('is bounded in number, and repeated ones do not count', async () => {
    const { ada } = await createTestHub({ users: ['ada'], limits: { subscriptions: 2 } })
    await ada.subscribe('room:1')
    await ada.subscribe('room:2')
    await ada.subscribe('room:2')
    await expect(ada.subscribe('room:3')).rejects.toMatchObject({ code: 'limit_exceeded' })
    await ada.unsubscribe('room:1')
    await ada.subscribe('room:3')
  })

  it('answers the frames of a channel in the order of their arrival', async () => {
    const { ada } = await createTestHub({ users: ['ada'] })
    ada.send({ type: 'subscribe', id: 's', channel: 'room:1' })
    ada.send({ type: 'publish', id: 'p', channel: 'room:1', event: 'e', payload: 1 })
    ada.send({ type: 'typing', id: 't', channel: 'room:1' })
    ada.send({ type: 'unsubscribe', id: 'u', channel: 'room:1' })
    ada.send({ type: 'publish', id: 'q', channel: 'room:1', event: 'e', payload: 2 })
    await ada.sees('error', { id: 'q', code: 'not_member' })
    const answers = ada.frames.flatMap((frame) =>
      'id' in frame && frame.type !== 'event' ? [frame.id] : [],
    )
    expect(answers).toEqual(['s', 'p', 't', 'u', 'q'])
  })
})

describe('a pattern', () => {
  const channels = { 'room:*': { history: true }, 'secret:*': { subscribe: 'granted' } } as const

  it('needs one grant that covers it whole', async () => {
    const { ada } = await createTestHub({ users: ['ada'], channels })
    await expect(ada.subscribe('room:*')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(ada.subscribe('#')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('delivers each event once, with the pattern that led to it', async () => {
    const world = await createTestHub({ users: ['bob'], channels })
    const ada = await world.connect('ada', 0, testPrincipal('ada', grants('room:#', '*')))
    await ada.subscribe('room:*')
    await ada.subscribe('room:1')
    await world.bob.subscribe('room:1')
    await world.bob.subscribe('room:2')
    await world.bob.publish('room:1', 'e', 1)
    await world.bob.publish('room:2', 'e', 2)
    const second = await ada.sees('event', { channel: 'room:2', payload: 2 })
    expect(second).toMatchObject({ pattern: 'room:*' })
    expect(ada.payloads('room:1')).toEqual([1])
    expect(ada.payloads('room:2')).toEqual([2])
  })

  it('leads only to channels that its holder may read', async () => {
    const world = await createTestHub({ channels })
    const ada = await world.connect('ada', 0, testPrincipal('ada', grants('#', 'publish')))
    await expect(ada.subscribe('#')).rejects.toMatchObject({ code: 'forbidden' })
    const eve = await world.connect('eve', 0, {
      ...testPrincipal('eve'),
      tenant: 'one',
      grants: [{ channels: '#', actions: ['subscribe'] }],
    })
    await eve.subscribe('#')
    await world.hub.publish('user:ada', 'e', 'private')
    await world.hub.publish('room:1', 'e', 'public')
    await eve.sees('event', { payload: 'public' })
    expect(eve.payloads('user:ada')).toEqual([])
  })
})

describe('resuming a pattern', () => {
  const channels = {
    'room:*': { history: true },
    'live:*': {},
    'secret:*': { history: true, subscribe: 'granted' },
  } as const
  const setUp = async () => {
    const world = await createTestHub({ channels })
    const may = ['room:#', 'live:#'].flatMap((pattern) => grants(pattern, '*').grants)
    const ada = await world.connect('ada', 0, testPrincipal('ada', { grants: may }))
    const publish = (channel: string, payload: number) => world.hub.publish(channel, 'e', payload)
    return { ...world, ada, publish }
  }

  it('brings what was missed in all its channels, in the order in which it happened', async () => {
    const { ada, publish } = await setUp()
    const first = await ada.subscribe('room:*')
    expect(first).toMatchObject({ recovered: false, events: [] })
    await publish('room:1', 1)
    const { pattern_position: since } = await ada.sees('event', { payload: 1, pattern: 'room:*' })
    ada.cut()
    for (const [n, channel] of ['room:2', 'live:1', 'room:1', 'secret:1', 'room:3'].entries()) {
      await publish(channel, n + 2)
    }
    await ada.connect()
    const resumed = await ada.subscribe('room:*', { since: since ?? '' })
    expect(resumed.recovered).toBe(true)
    expect(resumed.events.map(({ channel, payload }) => [channel, payload])).toEqual([
      ['room:2', 2],
      ['room:1', 4],
      ['room:3', 6],
    ])
    expect(resumed.events.at(-1)).toMatchObject({ pattern: 'room:*' })
    expect(resumed.events.at(-1)?.pattern_position).toBe(resumed.position)
    await publish('room:9', 7)
    await ada.sees('event', { channel: 'room:9', payload: 7 })
  })

  it('leaves out what comes by the name of a channel', async () => {
    const { ada, publish } = await setUp()
    const whole = await ada.subscribe('room:*')
    const one = await ada.subscribe('room:1')
    ada.cut()
    await publish('room:1', 1)
    await publish('room:2', 2)
    await ada.connect()
    const byName = await ada.subscribe('room:1', { since: one.position ?? '' })
    const byPattern = await ada.subscribe('room:*', { since: whole.position ?? '' })
    expect(byName.events.map(({ payload }) => payload)).toEqual([1])
    expect(byPattern.events.map(({ payload }) => payload)).toEqual([2])
  })

  it('brings by the pattern what happened before a channel was joined by its name', async () => {
    const { ada, publish } = await setUp()
    const whole = await ada.subscribe('room:*')
    ada.cut()
    await publish('room:1', 1)
    await ada.connect()
    await ada.subscribe('room:1')
    const byPattern = await ada.subscribe('room:*', { since: whole.position ?? '' })
    expect(byPattern.events.map(({ payload }) => payload)).toEqual([1])
  })

  it('says why it cannot', async () => {
    const world = await createTestHub({
      channels: { 'room:*': { history: { size: 2, ttlMs: 60_000 } } },
    })
    const ada = await world.connect('ada', 0, testPrincipal('ada', grants('room:*', '*')))
    const { position } = await ada.subscribe('room:*')
    for (const n of [1, 2, 3]) await world.hub.publish('room:1', 'e', n)
    const trimmed = await ada.subscribe('room:*', { since: position ?? '', recent: 1 })
    expect(trimmed).toMatchObject({ recovered: false, reason: 'trimmed', events: [{ payload: 3 }] })
    const unknown = await ada.subscribe('room:*', { since: 'other:1' })
    expect(unknown).toMatchObject({ recovered: false, reason: 'unknown_epoch', events: [] })
  })
})

describe('history', () => {
  it('pages both ways and tells the newest position', async () => {
    const { ada } = await createTestHub({ users: ['ada'] })
    await ada.subscribe('room:1')
    for (let n = 1; n <= 5; n += 1) await ada.publish('room:1', 'e', n)
    const page = await ada.history('room:1', { limit: 2 })
    expect(page.events.map(({ payload }) => payload)).toEqual([1, 2])
    expect(page.position).toMatch(/:5$/)
    const next = await ada.history('room:1', { since: page.events[1]?.position, limit: 9 })
    expect(next.events.map(({ payload }) => payload)).toEqual([3, 4, 5])
    const back = await ada.history('room:1', { limit: 2, reverse: true })
    expect(back.events.map(({ payload }) => payload)).toEqual([5, 4])
  })

  it('is for those who may subscribe', async () => {
    const { ada } = await createTestHub({
      users: ['ada'],
      channels: { 'orders:#': { subscribe: 'granted', history: true } },
    })
    await expect(ada.history('orders:1')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('says so when a position is not in the log', async () => {
    const { ada } = await createTestHub({ users: ['ada'] })
    await expect(ada.history('room:1', { since: 'other:1' })).rejects.toMatchObject({
      code: 'not_found',
      details: { reason: 'unknown_epoch' },
    })
  })
})

describe('a granted channel', () => {
  const channels = {
    'orders:#': { subscribe: 'granted', publish: 'granted', history: true },
  } as const

  it('opens to each action by its own grant', async () => {
    const world = await createTestHub({ channels })
    const reader = await world.connect(
      'ada',
      0,
      testPrincipal('ada', grants('orders:*', 'subscribe')),
    )
    await reader.subscribe('orders:1')
    await expect(reader.publish('orders:1', 'e', 1)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(reader.history('orders:1')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(reader.subscribe('orders:1:2')).rejects.toMatchObject({ code: 'forbidden' })
    const writer = await world.connect(
      'bob',
      0,
      testPrincipal('bob', grants('orders:#', 'publish')),
    )
    await writer.publish('orders:1', 'e', 1)
    await reader.sees('event', { payload: 1 })
    await expect(writer.subscribe('orders:1')).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('a user channel', () => {
  it('reaches each connection of its user by itself, and nobody else', async () => {
    const { ada, bob, hub, connect } = await createTestHub({ users: ['ada', 'bob'] })
    const tab = await connect('ada')
    const published = await hub.publish('user:ada', 'note', 1)
    expect(published).toMatchObject({ ok: true, value: { receivers: 2 } })
    await ada.sees('event', { channel: 'user:ada', payload: 1, from: null })
    await tab.sees('event', { channel: 'user:ada', payload: 1 })
    await expect(bob.subscribe('user:ada')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(bob.history('user:ada')).rejects.toMatchObject({ code: 'forbidden' })
    expect(bob.payloads('user:ada')).toEqual([])
  })
})

describe("one's own user channel", () => {
  it('can be resumed like any other, and outlives being unsubscribed', async () => {
    const { ada, hub } = await createTestHub({
      users: ['ada'],
      channels: { 'user:*': { history: true } },
    })
    await hub.publish('user:ada', 'note', 1)
    const { position } = await ada.sees('event', { payload: 1 })
    ada.cut()
    await hub.publish('user:ada', 'note', 2)
    await ada.connect()
    const resumed = await ada.subscribe('user:ada', { since: position })
    expect(resumed).toMatchObject({ recovered: true, events: [{ payload: 2 }] })
    await ada.unsubscribe('user:ada')
    await hub.publish('user:ada', 'note', 3)
    await ada.sees('event', { payload: 3 })
    expect(ada.payloads('user:ada')).toEqual([3])
  })
})

describe('a tenant channel', () => {
  it('is for its tenant only', async () => {
    const world = await createTestHub({ channels: { 'tenant:*:orders': { history: true } } })
    const ours = await world.connect('ada', 0, testPrincipal('ada', { tenant: 'acme' }))
    await ours.subscribe('tenant:acme:orders')
    for (const channel of ['tenant:other:orders', 'tenant:acm:orders']) {
      await expect(ours.subscribe(channel)).rejects.toMatchObject({ code: 'forbidden' })
    }
    const stranger = await world.connect('bob')
    await expect(stranger.subscribe('tenant:acme:orders')).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})

describe('two nodes', () => {
  it('give all members of a channel the same order', async () => {
    const { ada, bob, cleo } = await createTestHub({ users: ['ada', 'bob', 'cleo'], nodes: 2 })
    const users = [ada, bob, cleo]
    for (const user of users) await user.subscribe('room:1')
    await Promise.all(
      users.flatMap((user, u) =>
        Array.from({ length: 15 }, (_, n) => user.publish('room:1', 'e', `${u}-${n}`)),
      ),
    )
    for (const user of users) await user.sees('event', { payload: '2-14' })
    const order = ada.payloads('room:1')
    expect(order).toHaveLength(45)
    expect(bob.payloads('room:1')).toEqual(order)
    expect(cleo.payloads('room:1')).toEqual(order)
    for (const u of [0, 1, 2]) {
      const own = order.filter((payload) => String(payload).startsWith(`${u}-`))
      expect(own).toEqual(Array.from({ length: 15 }, (_, n) => `${u}-${n}`))
    }
  })
})

// Reads at the beginning or at the end of the time that it takes.
function slowToRead(clock: FakeClock, moment: 'before' | 'after'): Engine {
  const engine = createMemoryEngine({ clock })
  const pause = (): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, 50))
  return {
    ...engine,
    async read(...args) {
      if (moment === 'after') await pause()
      const page = await engine.read(...args)
      if (moment === 'before') await pause()
      return page
    },
  }
}
