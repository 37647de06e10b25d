import { RealtimeError } from '@coterie/protocol'
import { expect, it, vi } from 'vitest'
import { createWorld } from '../scripted/scripted-world.ts'
import type { TokenContext } from './token.ts'

it('is connected with the first frame when it has no token', async () => {
  const { client, newest } = createWorld()
  expect(client.status()).toBe('idle')
  client.connect()
  expect(client.status()).toBe('connecting')
  expect(newest().url).toBe('ws://server.test/api/realtime/ws')
  expect(newest().protocols).toEqual(['coterie.v1'])
  newest().welcome({ user_id: 'anon-1' })
  expect(client.status()).toBe('connected')
  expect(client.userId()).toBe('anon-1')
})

it('authenticates before anything else when it has a token', async () => {
  const { client, connect } = createWorld({ token: 't-1' })
  const joined = client.channel('room:1').subscribe()
  const socket = await connect()
  expect(socket.sent).toEqual([{ type: 'auth', token: 't-1', id: expect.any(String) }])
  expect(client.status()).toBe('connecting')
  socket.reply(socket.take('auth'), { user_id: 'ada', expires_at: '2026-01-01T01:00:00.000Z' })
  expect(client.status()).toBe('connected')
  expect(client.userId()).toBe('ada')
  socket.reply(socket.take('subscribe'))
  await joined
})

it('connects once, however often it is asked', async () => {
  const { client, connect, sockets } = createWorld()
  client.connect()
  await connect()
  client.connect()
  expect(sockets).toHaveLength(1)
})

it('waits longer after each failure, says until when, and forgets them once stable', async () => {
  const { client, clock, chance, newest, reconnected } = createWorld()
  chance.next = 0.999
  const waits: number[] = []
  client.connect()
  for (let failure = 0; failure < 7; failure += 1) {
    newest().end()
    expect(client.status()).toBe('reconnecting')
    waits.push((client.retryAt() ?? 0) - clock.now())
    await clock.until(() => client.retryAt() === null)
  }
  expect(waits).toEqual([999, 1_998, 3_996, 7_992, 15_984, 29_970, 29_970])
  newest().welcome()
  await clock.advance(5_000)
  newest().end()
  expect((client.retryAt() ?? 0) - clock.now()).toBe(999)
  await reconnected()
  expect(client.status()).toBe('connected')
  expect(client.error()).toBeNull()
})

it('does not forget failures for a server that accepts and drops at once', async () => {
  const { client, clock, chance, connect, reconnected } = createWorld()
  chance.next = 0.999
  let socket = await connect()
  for (let cut = 0; cut < 3; cut += 1) {
    socket.end()
    socket = await reconnected()
  }
  socket.end()
  expect((client.retryAt() ?? 0) - clock.now()).toBe(7_992)
})

it.each([1001, 1012])('comes back inside the window of a restart (%i)', async (code) => {
  const { client, clock, chance, connect, sockets } = createWorld()
  const socket = await connect()
  chance.next = 0.25
  socket.end(code, '{"retry_ms": 8000}')
  expect((client.retryAt() ?? 0) - clock.now()).toBe(2_000)
  await clock.advance(1_999)
  expect(sockets).toHaveLength(1)
  await clock.advance(1)
  expect(sockets).toHaveLength(2)
})

it.each(['', 'restart', '{"retry_ms": -1}', '{"retry_ms": 1e12}', '[]'])(
  'falls back to its own wait when the window is %o',
  async (reason) => {
    const { client, clock, connect } = createWorld()
    const socket = await connect()
    socket.end(1012, reason)
    expect((client.retryAt() ?? 0) - clock.now()).toBe(500)
  },
)

it.each([
  [4500, 'bad_frame'],
  [4501, 'unauthorized'],
  [4503, 'forbidden'],
  [4999, 'forbidden'],
  [1007, 'bad_frame'],
  [1009, 'too_large'],
])('does not come back after a refusal (%i)', async (closeCode, code) => {
  const { client, clock, connect, sockets, wake } = createWorld({ token: 'static' })
  const socket = await connect()
  socket.end(closeCode, 'no')
  expect(client.status()).toBe('refused')
  expect(client.error()).toMatchObject({ code, details: { close_code: closeCode } })
  wake()
  client.reconnectNow()
  await clock.advance(600_000)
  expect(sockets).toHaveLength(1)
  expect(clock.pendingTimers).toBe(0)
})

it.each([1005, 1006, 1011, 1013, 4008, 4009, 4029, 4030])('comes back after %i', async (code) => {
  const { client, connect, reconnected } = createWorld()
  const socket = await connect()
  socket.end(code)
  expect(client.error()?.code).toMatch(/unavailable|rate_limited/)
  await reconnected()
  expect(client.status()).toBe('connected')
})

it('retries with fresh tokens when the old one is refused, the first time at once', async () => {
  const token = vi.fn(async () => `t-${token.mock.calls.length}`)
  const { client, clock, connect, sockets, newest } = createWorld({ token })
  const first = await connect()
  first.end(4501)
  expect(client.status()).toBe('reconnecting')
  await clock.until(() => sockets.length === 2)
  newest().welcome()
  expect(newest().take('auth').token).toBe('t-2')
  newest().end(4501)
  expect(client.status()).toBe('reconnecting')
  expect(client.error()?.code).toBe('unauthorized')
})

it('comes back when the server takes its tokens again, however long that takes', async () => {
  const token = vi.fn(async () => `t-${token.mock.calls.length}`)
  const { client, clock, chance, connect, sockets, newest } = createWorld({ token })
  chance.next = 0.999
  const published = client.channel('room:1').publish('message', 'kept')
  await connect()
  const waits: number[] = []
  for (let refusal = 1; refusal <= 8; refusal += 1) {
    newest().refuse(newest().take('auth'), 'unauthorized')
    waits.push((client.retryAt() ?? 0) - clock.now())
    await clock.until(() => sockets.length === refusal + 1)
    newest().welcome()
  }
  expect(waits).toEqual([0, 1_998, 3_996, 7_992, 15_984, 29_970, 29_970, 29_970])
  const auth = newest().take('auth')
  expect(auth.token).toBe('t-9')
  newest().reply(auth, { user_id: 'ada' })
  expect([client.status(), client.error()]).toEqual(['connected', null])
  newest().reply(newest().take('publish'), { id: 'm', duplicate: false })
  await expect(published).resolves.toMatchObject({ id: 'm' })
})

it.each([
  ['gives none', () => ''],
  ['says that nobody is signed in', () => Promise.reject(new RealtimeError('unauthorized', 'out'))],
])('ends after a refused token when the function %s', async (_, second) => {
  const token = vi.fn<() => string | Promise<string>>(second).mockReturnValueOnce('t-1')
  const { client, clock, connect, sockets } = createWorld({ token })
  const socket = await connect()
  socket.end(4501)
  await clock.advance(600_000)
  expect([client.status(), client.error()?.code]).toEqual(['refused', 'unauthorized'])
  expect(sockets).toHaveLength(1)
})

it.each([{ reconnect: false }, { reconnectAttempts: 3 }])(
  'keeps to %o when tokens are refused',
  async (options) => {
    const { client, clock, connect, newest } = createWorld({ ...options, token: () => 'bad' })
    await connect()
    while (client.status() !== 'refused') {
      newest().end(4501)
      if (client.status() === 'reconnecting') await clock.until(() => client.retryAt() === null)
      await clock.settle()
    }
    await clock.advance(600_000)
    expect(client.error()?.code).toBe('unauthorized')
  },
)

it('takes a refused auth for what the close code would say', async () => {
  const token = vi.fn(() => 'bad')
  const { client, clock, connect, sockets, newest } = createWorld({ token })
  const first = await connect()
  first.refuse(first.take('auth'), 'unauthorized')
  expect(first.closedWith).toBe(4501)
  await clock.until(() => sockets.length === 2)
  newest().welcome()
  newest().refuse(newest().take('auth'), 'unauthorized')
  expect(client.status()).toBe('reconnecting')
  expect(newest().closedWith).toBe(4501)
  expect(token).toHaveBeenCalledTimes(2)
})

it('tells the token function why it is asked', async () => {
  const token = vi.fn((_: TokenContext) => 't')
  const { clock, connect, sockets, newest } = createWorld({ token })
  const first = await connect()
  first.reply(first.take('auth'), { user_id: 'ada' })
  first.deliver({ type: 'token_expiring' })
  first.end(4501)
  await clock.until(() => sockets.length === 2)
  newest().end()
  await clock.until(() => sockets.length === 3)
  newest().welcome()
  newest().reply(newest().take('auth'), { user_id: 'ada' })
  newest().end()
  await clock.until(() => sockets.length === 4)
  const reasons = token.mock.calls.map(([{ reason }]) => reason)
  expect(reasons).toEqual(['connect', 'expiring', 'refused', 'refused', 'connect'])
})

it('tries again later when the server cannot authenticate at the moment', async () => {
  const { client, connect } = createWorld({ token: 't' })
  const socket = await connect()
  socket.refuse(socket.take('auth'), 'unavailable')
  expect(client.status()).toBe('reconnecting')
})

it('tries again when the token cannot be fetched', async () => {
  const token = vi.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValue('t-2')
  const { client, clock, sockets, newest } = createWorld({ token })
  client.connect()
  await clock.settle()
  expect(client.status()).toBe('reconnecting')
  expect(client.error()).toMatchObject({ code: 'unavailable', cause: new Error('offline') })
  await clock.until(() => sockets.length === 1)
  newest().welcome()
  expect(newest().take('auth').token).toBe('t-2')
})

it.each([
  ['gives none', () => ''],
  ['says that there is none', () => Promise.reject(new RealtimeError('forbidden', 'signed out'))],
])('is refused when the token function %s', async (_, token) => {
  const { client, clock, sockets } = createWorld({ token })
  client.connect()
  await clock.settle()
  expect(client.status()).toBe('refused')
  expect(sockets).toHaveLength(0)
})

it('authenticates with a fresh token before the old one ends', async () => {
  const token = vi.fn(async () => `t-${token.mock.calls.length}`)
  const { client, clock, connect } = createWorld({ token })
  const socket = await connect()
  socket.reply(socket.take('auth'), { user_id: 'ada' })
  socket.deliver({ type: 'token_expiring' })
  await clock.settle()
  expect(socket.take('auth').token).toBe('t-2')
  expect(client.status()).toBe('connected')
})

it('abandons an attempt that gets no welcome', async () => {
  const { client, clock, newest, sockets } = createWorld({ connectTimeoutMs: 4_000 })
  client.connect()
  const silent = newest()
  await clock.advance(4_000)
  expect(silent.closedWith).toBe(1000)
  expect(client.error()?.code).toBe('timeout')
  expect(client.status()).toBe('reconnecting')
  await clock.until(() => sockets.length === 2)
  silent.welcome()
  expect(client.status()).toBe('reconnecting')
})

it.each([
  ['the token', { token: () => new Promise<string>(() => {}) }, false],
  ['the reply to auth', { token: 't' }, true],
])('abandons an attempt that waits for %s too long', async (_, options, isWelcomed) => {
  const { client, clock, newest } = createWorld(options)
  client.connect()
  await clock.settle()
  if (isWelcomed) newest().welcome()
  await clock.advance(10_000)
  expect(client.status()).toBe('reconnecting')
})

it('asks after silence and gives a half-open socket up when nothing comes back', async () => {
  const { client, clock, connect } = createWorld()
  const socket = await connect()
  await clock.advance(29_999)
  expect(socket.has('ping')).toBe(false)
  await clock.advance(1)
  expect(socket.take('ping').id).toEqual(expect.any(String))
  await clock.advance(9_999)
  expect(client.status()).toBe('connected')
  await clock.advance(1)
  expect(socket.closedWith).toBe(4009)
  expect(client.status()).toBe('reconnecting')
})

it('takes any frame for a sign of life', async () => {
  const { client, clock, connect } = createWorld()
  const socket = await connect()
  await clock.advance(20_000)
  socket.deliver({ type: 'ping' })
  await clock.advance(29_999)
  expect(socket.has('ping')).toBe(false)
  await clock.advance(1)
  socket.deliver({ type: 'pong', id: socket.take('ping').id })
  await clock.advance(29_999)
  expect(client.status()).toBe('connected')
  expect(socket.has('ping')).toBe(false)
})

it('comes back at once when the page wakes up', async () => {
  const { client, connect, sockets, wake } = createWorld()
  const socket = await connect()
  socket.end()
  wake()
  expect(sockets).toHaveLength(2)
  expect(client.retryAt()).toBeNull()
})

it('asks at once whether the server is there when the page wakes up', async () => {
  const { client, clock, connect, wake } = createWorld()
  const socket = await connect()
  wake()
  expect(socket.has('ping')).toBe(true)
  await clock.advance(10_000)
  expect(client.status()).toBe('reconnecting')
})

it('skips the wait when it is told to', async () => {
  const { client, connect, sockets } = createWorld()
  const socket = await connect()
  client.reconnectNow()
  expect(sockets).toHaveLength(1)
  socket.end()
  client.reconnectNow()
  expect(sockets).toHaveLength(2)
})

it('gives up after as many attempts as it may make', async () => {
  const { client, clock, sockets, newest } = createWorld({ reconnectAttempts: 2 })
  client.connect()
  newest().end()
  await clock.until(() => sockets.length === 2)
  newest().end()
  await clock.until(() => sockets.length === 3)
  newest().end()
  expect(client.status()).toBe('disconnected')
  expect(client.error()?.code).toBe('unavailable')
})

it('does not come back by itself when it is told not to', async () => {
  const { client, clock, connect, sockets } = createWorld({ reconnect: false })
  const socket = await connect()
  socket.end()
  expect(client.status()).toBe('disconnected')
  await clock.advance(600_000)
  expect(sockets).toHaveLength(1)
})

it('cancels everything under way when it disconnects, and connects again later', async () => {
  const { client, clock, connect, sockets, isWatching } = createWorld()
  const socket = await connect()
  socket.end()
  client.disconnect()
  expect(client.status()).toBe('disconnected')
  expect(client.retryAt()).toBeNull()
  expect(isWatching()).toBe(false)
  expect(clock.pendingTimers).toBe(0)
  await clock.advance(600_000)
  expect(sockets).toHaveLength(1)
  await connect()
  expect(client.status()).toBe('connected')
})

it.each(['token', 'welcome'])('disconnects while it waits for the %s', async (stage) => {
  let give: (token: string) => void = () => {}
  const token = () =>
    new Promise<string>((resolve) => {
      give = resolve
    })
  const { client, clock, sockets } = createWorld(stage === 'token' ? { token } : {})
  client.connect()
  client.disconnect()
  give('late')
  await clock.advance(60_000)
  expect(client.status()).toBe('disconnected')
  expect(sockets.map(({ closedWith }) => closedWith)).toEqual(stage === 'token' ? [] : [1000])
})

it('connects again after a refusal when somebody asks it to', async () => {
  const { client, connect } = createWorld()
  const socket = await connect()
  socket.end(4503)
  await connect()
  expect(client.status()).toBe('connected')
  expect(client.error()).toBeNull()
})

it('comes back when no socket can be made', async () => {
  const { client } = createWorld({
    environment: {
      createSocket: () => {
        throw new Error('blocked')
      },
    },
  })
  client.connect()
  expect(client.status()).toBe('reconnecting')
  expect(client.error()?.message).toBe('a socket could not be opened')
})

it('ignores what it cannot use', async () => {
  const { client, connect, errors } = createWorld()
  const socket = await connect()
  client.channel('room:1').onAny(() => {})
  const garbage = [
    'no json',
    '"text"',
    'null',
    '[]',
    '{}',
    '{"type":"toString"}',
    '{"type":5}',
    '{"type":"event","channel":"room:1"}',
    '{"type":"event","channel":"room:1","event":"m","id":"1","from":null,"position":7}',
    '{"type":"presence","channel":"room:1","joins":[null],"updates":[],"leaves":[]}',
    '{"type":"reply","id":"unknown","payload":1}',
    '{"type":"error","code":"internal","message":"no id"}',
    '{"type":"error","id":"unknown","code":"from_the_future","message":"?"}',
    '{"type":"unsubscribed","channel":"nowhere","code":"x","reason":""}',
    '{"type":"connection","connection_id":"c-9","user_id":"eve"}',
    new ArrayBuffer(3),
    undefined,
  ]
  for (const message of garbage) socket.onmessage?.({ data: message })
  expect(client.status()).toBe('connected')
  expect(client.userId()).toBe('ada')
  expect(errors).toEqual([])
})

it.each(['connecting', 'connected', 'reconnecting'] as const)(
  'lets a listener disconnect when it hears %s',
  async (status) => {
    const { client, clock, sockets, newest } = createWorld()
    client.status.subscribe((now) => {
      if (now === status) client.disconnect()
    })
    client.connect()
    if (sockets.length > 0) newest().welcome()
    if (sockets.length > 0) newest().end()
    await clock.advance(60_000)
    expect(client.status()).toBe('disconnected')
    expect(clock.pendingTimers).toBe(0)
  },
)
