import type { PingFrame } from '@coterie/protocol'
import { createMemoryEngine, type Grant, type Principal } from '@coterie/server'
import { createTestHub, FakeClock, SeededRandom, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

describe('the first frame', () => {
  it('says who one is and what bounds hold', async () => {
    const { ada } = await createTestHub({ users: ['ada'] })
    expect(ada.frames[0]).toMatchObject({
      type: 'connection',
      connection_id: ada.socket.connectionId,
      user_id: 'ada',
      protocol: 1,
      ping_interval_ms: 15_000,
      timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      limits: { frame_bytes: 65_536, subscriptions: 256 },
    })
  })

  it('names nobody until somebody is authenticated', async () => {
    const { connect } = await createTestHub()
    const stranger = await connect(undefined)
    expect(stranger.frames[0]).toMatchObject({ type: 'connection', user_id: null })
  })
})

describe('auth', () => {
  it('is all that a stranger may send, beside ping', async () => {
    const { connect } = await createTestHub()
    const stranger = await connect(undefined)
    await expect(stranger.subscribe('room:1')).rejects.toMatchObject({ code: 'unauthorized' })
    stranger.send({ type: 'ping', id: 'p' })
    await stranger.sees('pong', { id: 'p' })
    expect(await stranger.request({ type: 'auth', token: 'ada' })).toMatchObject({ user_id: 'ada' })
    await stranger.subscribe('room:1')
  })

  it('holds what follows until it is answered', async () => {
    const { connect } = await createTestHub()
    const stranger = await connect(undefined)
    stranger.send({ type: 'auth', id: '1', token: 'ada' })
    stranger.send({ type: 'subscribe', id: '2', channel: 'room:1' })
    await stranger.sees('reply', { id: '2' })
    expect(stranger.frames.map((frame) => 'id' in frame && frame.id)).toEqual([false, '1', '2'])
  })

  it('lets one try again after a wrong token', async () => {
    const { connect } = await createTestHub()
    const stranger = await connect(undefined)
    await expect(stranger.request({ type: 'auth', token: 'wrong' })).rejects.toMatchObject({
      code: 'unauthorized',
    })
    await stranger.request({ type: 'auth', token: 'ada' })
  })

  it('never changes the user of a connection, but takes a fresh token', async () => {
    const { ada } = await createTestHub({ users: ['ada'] })
    await expect(ada.request({ type: 'auth', token: 'bob' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(await ada.request({ type: 'auth', token: 'ada' })).toMatchObject({ user_id: 'ada' })
  })

  it('must come within 10 s', async () => {
    const { connect, clock } = await createTestHub()
    const stranger = await connect(undefined)
    const openedAtMs = clock.elapsed()
    expect(await stranger.end()).toMatchObject({ code: 4501 })
    expect(clock.elapsed() - openedAtMs).toBeGreaterThanOrEqual(9_990)
    expect(clock.elapsed() - openedAtMs).toBeLessThan(10_100)
  })

  it('refuses one connection more than a user may have', async () => {
    const { connect } = await createTestHub({ limits: { connectionsPerUser: 1 } })
    await connect('ada')
    const second = await connect('ada')
    await second.sees('error', { code: 'limit_exceeded' })
    expect(await second.end()).toMatchObject({ code: 4503 })
    await connect('bob')
  })
})

describe('a token', () => {
  it('is announced to end 30 s before it does, and ends the connection', async () => {
    const world = await createTestHub()
    const { clock } = world
    const expiresAtMs = clock.now() + 3_600_000
    const ada = await world.connect('ada', 0, testPrincipal('ada', { expiresAtMs }))
    await clock.until(() => ada.frames.some(({ type }) => type === 'token_expiring'), 4_000_000)
    expect(expiresAtMs - clock.now()).toBeGreaterThan(29_900)
    expect(expiresAtMs - clock.now()).toBeLessThanOrEqual(30_000)
    expect(await ada.end()).toMatchObject({ code: 4501 })
    expect(Math.abs(clock.now() - expiresAtMs)).toBeLessThan(100)
  })

  it('that is replaced in time ends nothing', async () => {
    const world = await createTestHub()
    const { clock } = world
    const expiresAtMs = clock.now() + 20_000
    const ada = await world.connect('ada', 0, testPrincipal('ada', { expiresAtMs }))
    await ada.sees('token_expiring')
    await ada.request({ type: 'auth', token: 'ada' })
    await clock.advance(60_000)
    expect(ada.closed).toBeUndefined()
  })
})

describe('a token that lasts less than a minute', () => {
  /** How often the client was told, when it authenticates with what `next` says each time. */
  async function tellings(lastsMs: number, next: (nowMs: number) => number) {
    const clock = new FakeClock()
    const world = await createTestHub({
      clock,
      authenticator: {
        authenticate: async () => ({
          ok: true,
          value: testPrincipal('ada', { expiresAtMs: next(clock.now()) }),
        }),
      },
    })
    const expiresAtMs = clock.now() + lastsMs
    const ada = await world.connect('ada', 0, testPrincipal('ada', { expiresAtMs }))
    const told = () => ada.frames.filter(({ type }) => type === 'token_expiring').length
    let answered = 0
    for (let passedMs = 0; passedMs < 5_000; passedMs += 100) {
      await clock.advance(100)
      if (told() > answered) await ada.request({ type: 'auth', token: 'next' })
      answered = told()
    }
    return answered
  }

  it('is announced half way, and once while it is not replaced', async () => {
    const expiresAtMs = new FakeClock().now() + 4_000
    expect(await tellings(4_000, () => expiresAtMs)).toBe(1)
  })

  it('is announced half way each time when it is replaced by another of its kind', async () => {
    expect(await tellings(4_000, (nowMs) => nowMs + 4_000)).toBe(2)
  })
})

describe('the wall clock', () => {
  async function connectFor(ms: number) {
    const world = await createTestHub()
    const expiresAtMs = world.clock.now() + ms
    const ada = await world.connect('ada', 0, testPrincipal('ada', { expiresAtMs }))
    return { ...world, ada }
  }

  it('ends a token within a heartbeat when it jumps past its end', async () => {
    const { clock, ada } = await connectFor(7_200_000)
    clock.jumpWallClock(86_400_000)
    await clock.advance(15_000)
    expect(ada.closed).toMatchObject({ code: 4501 })
  })

  it('announces an end that it jumps close to', async () => {
    const { clock, ada } = await connectFor(3_600_000)
    clock.jumpWallClock(3_580_000)
    await clock.advance(15_000)
    expect(ada.frames.map(({ type }) => type)).toContain('token_expiring')
    await clock.advance(5_000)
    expect(ada.closed).toMatchObject({ code: 4501 })
  })

  it.each([10_000, 3_600_000])(
    'ends no token early when it jumps back by %i ms',
    async (backMs) => {
      const { clock, ada } = await connectFor(40_000)
      // After the last heartbeat before the end, which would look at the clock too.
      await clock.advance(36_000)
      clock.jumpWallClock(-backMs)
      await clock.advance(backMs + 3_000)
      expect(ada.closed).toBeUndefined()
      await clock.advance(1_100)
      expect(ada.closed).toMatchObject({ code: 4501 })
      expect(ada.frames.filter(({ type }) => type === 'token_expiring')).toHaveLength(1)
    },
  )

  it('moves nothing else', async () => {
    const { clock, connect } = await createTestHub()
    const stranger = await connect(undefined)
    clock.jumpWallClock(86_400_000)
    await clock.advance(9_900)
    expect(stranger.closed).toBeUndefined()
  })
})

describe('a fresh token', () => {
  const channels = {
    'orders:#': { subscribe: 'granted', presence: true },
    'tenant:#': {},
    lobby: {},
  } as const
  const may = (...patterns: string[]): Grant[] =>
    patterns.map((pattern) => ({ channels: pattern, actions: ['*'] }))

  /** Ada, by a token that allows orders of acme; the token `next` is what `next` says. */
  async function createWorld() {
    let next: Partial<Principal> = {}
    const world = await createTestHub({
      channels,
      authenticator: {
        authenticate: async () => ({ ok: true, value: testPrincipal('ada', next) }),
      },
    })
    const principal = testPrincipal('ada', { grants: may('orders:#'), tenant: 'acme' })
    const ada = await world.connect('ada', 0, principal)
    for (const channel of ['orders:1', 'orders:2', 'orders:#', 'tenant:acme:news', 'lobby']) {
      await ada.subscribe(channel)
    }
    const refresh = async (principal: Partial<Principal>) => {
      next = principal
      await ada.request({ type: 'auth', token: 'next' })
    }
    const left = () =>
      ada.frames.flatMap((frame) =>
        frame.type === 'unsubscribed' ? [[frame.channel, frame.code]] : [],
      )
    return { ...world, ada, refresh, left }
  }

  it('that allows as much changes nothing', async () => {
    const { refresh, left } = await createWorld()
    await refresh({ grants: may('orders:#', 'more'), tenant: 'acme' })
    expect(left()).toEqual([])
  })

  it('that allows less ends what it does not allow', async () => {
    const { hub, ada, refresh, left } = await createWorld()
    await refresh({ grants: may('orders:1'), tenant: 'acme' })
    expect(left()).toEqual([
      ['orders:2', 'forbidden'],
      ['orders:#', 'forbidden'],
    ])
    for (const channel of ['orders:1', 'orders:2', 'orders:3']) await hub.publish(channel, 'e', 1)
    await ada.sees('event', { channel: 'orders:1' })
    expect(ada.payloads('orders:2')).toEqual([])
    expect(ada.payloads('orders:3')).toEqual([])
    await expect(ada.subscribe('orders:2')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('of another tenant ends what is the first one’s', async () => {
    const { refresh, left } = await createWorld()
    await refresh({ grants: may('orders:#'), tenant: 'other' })
    expect(left()).toEqual([['tenant:acme:news', 'forbidden']])
  })

  it('that allows more lets one enter more', async () => {
    const { ada, refresh } = await createWorld()
    await refresh({ grants: may('orders:#', 'more'), tenant: 'other' })
    await ada.subscribe('tenant:other:news')
  })

  it('leaves one in the channel of one’s own', async () => {
    const { hub, ada, refresh } = await createWorld()
    await refresh({})
    await hub.publish('user:ada', 'e', 1)
    await ada.sees('event', { channel: 'user:ada' })
  })

  it('ends what a rule fails to allow', async () => {
    let isBroken = false
    const subscribe = () => {
      if (isBroken) throw new Error('the rule is broken')
      return true
    }
    const { connect } = await createTestHub({ channels: { 'orders:#': { subscribe } } })
    const ada = await connect('ada')
    await ada.subscribe('orders:1')
    isBroken = true
    await ada.request({ type: 'auth', token: 'ada' })
    await ada.sees('unsubscribed', { channel: 'orders:1', code: 'forbidden' })
  })

  it('takes effect for what is under way', async () => {
    const clock = new FakeClock()
    const engine = createMemoryEngine({ clock, random: new SeededRandom(1) })
    const read = engine.read.bind(engine)
    const { promise: mayRead, resolve: goOn } = Promise.withResolvers<void>()
    engine.read = async (...args) => {
      await mayRead
      return read(...args)
    }
    const { connect } = await createTestHub({
      clock,
      engine,
      channels: { 'orders:#': { subscribe: 'granted', history: true } },
    })
    const ada = await connect('ada', 0, testPrincipal('ada', { grants: may('orders:#') }))
    ada.send({ type: 'subscribe', id: 's', channel: 'orders:1' })
    await ada.request({ type: 'auth', token: 'ada' })
    goOn()
    await ada.sees('error', { id: 's', code: 'forbidden' })
    expect(ada.frames.some((frame) => frame.type === 'reply' && frame.id === 's')).toBe(false)
  })

  it('takes the place of the first one’s end', async () => {
    const { clock, ada, refresh } = await createWorld()
    await refresh({ expiresAtMs: clock.now() + 20_000 })
    await ada.sees('token_expiring')
    await refresh({ expiresAtMs: clock.now() + 60_000 })
    await clock.advance(59_000)
    expect(ada.closed).toBeUndefined()
    await clock.advance(1_000)
    expect(ada.closed).toMatchObject({ code: 4501, reason: 'the token has expired' })
  })
})

it('joins nobody to a channel that is not theirs alone', async () => {
  const { hub, clock, connect } = await createTestHub({ channels: { 'user:#': {} } })
  const [plain, composed] = [await connect('a'), await connect('a:b')]
  await hub.publish('user:a', 'e', 1)
  await hub.publish('user:a:b', 'e', 2)
  await plain.sees('event', { channel: 'user:a' })
  await clock.advance(1_000)
  expect(composed.payloads('user:a:b')).toEqual([])
})

describe('an anonymous user', () => {
  const options = {
    anonymous: true,
    channels: { lobby: { subscribe: 'public' }, members: {} },
  } as const

  it('is let in where it is allowed, to public channels only', async () => {
    const { connect } = await createTestHub(options)
    const guest = await connect(undefined)
    const [first] = guest.frames
    expect(first?.type === 'connection' && first.user_id).toMatch(/^anon-[0-9a-f]+$/)
    await guest.subscribe('lobby')
    await guest.publish('lobby', 'e', 1)
    await expect(guest.subscribe('members')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('may still say who it is as long as it did nothing else', async () => {
    const { connect } = await createTestHub(options)
    const guest = await connect(undefined)
    expect(await guest.request({ type: 'auth', token: 'ada' })).toMatchObject({ user_id: 'ada' })
    const other = await connect(undefined)
    await other.subscribe('lobby')
    await expect(other.request({ type: 'auth', token: 'ada' })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})

describe('a silent peer', () => {
  it('is asked for a sign of life and stays while it gives one', async () => {
    const { ada, clock } = await createTestHub({ users: ['ada'] })
    await clock.advance(120_000)
    expect(ada.closed).toBeUndefined()
    const pings = ada.frames.filter(({ type }) => type === 'ping')
    expect(pings.length).toBeGreaterThanOrEqual(7)
    const { timestamp = '' } = pings.at(-1) as PingFrame
    expect(clock.now() - Date.parse(timestamp)).toBeLessThan(16_000)
    expect(timestamp).toMatch(/^[-0-9]+T[:0-9]+\.\d{3}Z$/)
  })

  it('is given up when none comes, and its presence ends', async () => {
    const { ada, bob, clock } = await createTestHub({ users: ['ada', 'bob'] })
    await bob.subscribe('room:1', { presence: true })
    await ada.subscribe('room:1', { presence: true })
    ada.socket.halfOpen()
    await clock.advance(62_000)
    expect(ada.closed).toBeDefined()
    await bob.sees('presence', { leaves: [{ user_id: 'ada' }] })
    expect(bob.closed).toBeUndefined()
  })
})

describe('too many frames', () => {
  it('are refused with the time to wait, and counted anew after it', async () => {
    const { ada, clock } = await createTestHub({ users: ['ada'] })
    for (let n = 0; n < 150; n += 1) ada.send({ type: 'ping', id: `${n}` })
    const refused = await ada.sees('error', { id: '149', code: 'rate_limited' })
    expect(refused.details?.retry_after_ms).toBeGreaterThan(0)
    expect(ada.frames.filter(({ type }) => type === 'pong')).toHaveLength(100)
    await clock.advance(1_000)
    for (let n = 0; n < 50; n += 1) ada.send({ type: 'ping', id: `again-${n}` })
    await ada.sees('pong', { id: 'again-49' })
  })

  it('close the connection of who floods on and on, at a rate that lets some frames through', async () => {
    const { ada, clock } = await createTestHub({ users: ['ada'] })
    for (let second = 0; second < 10 && !ada.closed; second += 1) {
      for (let n = 0; n < 300; n += 1) ada.send({ type: 'ping' })
      await clock.advance(1_000)
    }
    expect(ada.closed).toMatchObject({ code: 4029 })
  })

  it('are refused for ever without more to who is only a little too fast', async () => {
    const { ada, clock } = await createTestHub({ users: ['ada'] })
    for (let second = 0; second < 300; second += 1) {
      for (let n = 0; n < 55; n += 1) ada.send({ type: 'ping' })
      await clock.advance(1_000)
    }
    expect(ada.closed).toBeUndefined()
  })

  it('close the connection when refusals do not stop it', async () => {
    const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
    for (let n = 0; n < 1_200; n += 1) ada.send({ type: 'ping' })
    expect(await ada.end()).toMatchObject({ code: 4029 })
    bob.send({ type: 'ping', id: 'p' })
    await bob.sees('pong', { id: 'p' })
  })
})

describe('a connection that is being closed', () => {
  it('is not heard any more', async () => {
    const world = await createTestHub({ users: ['bob'] })
    const { bob, clock } = world
    await bob.subscribe('room:1')
    const expiresAtMs = clock.now() + 5_000
    const ada = await world.connect('ada', 0, testPrincipal('ada', { expiresAtMs }))
    await ada.subscribe('room:1')
    await clock.advance(expiresAtMs - clock.now() - 1)
    // On its way when the token ends, and there just after.
    ada.send({ type: 'publish', channel: 'room:1', event: 'e', payload: 'late' })
    await clock.advance(1_000)
    expect(ada.closed).toMatchObject({ code: 4501 })
    expect(bob.payloads('room:1')).toEqual([])
  })
})

describe('what is no frame', () => {
  it.each(['not json', '[1]', `${'['.repeat(33)}`])('closes with 1007: %s', async (text) => {
    const { ada } = await createTestHub({ users: ['ada'] })
    ada.sendText(text)
    expect(await ada.end()).toMatchObject({ code: 1007 })
  })

  it('is answered and survived where it is an object', async () => {
    const { ada } = await createTestHub({ users: ['ada'] })
    await expect(ada.request({ type: 'nope' })).rejects.toMatchObject({ code: 'unknown_type' })
    await expect(ada.request({ type: 'publish', channel: 1 })).rejects.toMatchObject({
      code: 'bad_frame',
    })
    await ada.subscribe('room:1')
  })
})
