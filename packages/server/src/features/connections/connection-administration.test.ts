import { ok, type Result } from '@coterie/protocol'
import { createTestHub, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { Principal } from '../../ports/principal.ts'

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw result.error
  return result.value
}

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

describe('listing', () => {
  it('tells of each connection who and what it is', async () => {
    const { ada, clock, hub } = await createTestHub({ users: ['ada'] })
    const connectedAtMs = clock.now()
    await ada.subscribe('room:1')
    const [info, ...others] = unwrap(hub.connections.list())
    expect(others).toEqual([])
    expect(info).toEqual({
      id: ada.socket.connectionId,
      state: 'authenticated',
      userId: 'ada',
      transport: 'websocket',
      subscriptions: ['room:1'],
      connectedAtMs: expect.any(Number),
      queuedBytes: 0,
      isSlow: false,
      behind: 0,
    })
    expect(Math.abs((info?.connectedAtMs ?? 0) - connectedAtMs)).toBeLessThan(10)
  })

  it('finds those of a user, and those in a channel', async () => {
    const { ada, bob, connect, hub } = await createTestHub({ users: ['ada', 'bob'] })
    const tab = await connect('ada')
    await bob.subscribe('room:1')
    await tab.subscribe('room:1')
    const ids = (query: object): string[] =>
      unwrap(hub.connections.list(query)).map(({ id }): string => id)
    const [first, second, third] = [ada, bob, tab].map(({ socket }) => socket.connectionId)
    expect(ids({ userId: 'ada' })).toEqual([first, third])
    expect(ids({ channel: 'room:1' })).toEqual([second, third])
    expect(ids({ channel: 'room:1', userId: 'ada' })).toEqual([third])
    // The server joins everybody to their own channel: nobody subscribed to it.
    expect(ids({ channel: 'user:ada' })).toEqual([])
    expect(ids({ userId: 'nobody' })).toEqual([])
  })

  it('goes through all of them page by page, each once, though others come and go', async () => {
    const { connect, hub } = await createTestHub()
    // At one moment, so that the ids are not in the order of coming.
    const users = await Promise.all(range(25).map((n) => connect(`user-${n}`)))
    const seen: string[] = []
    for (let after: string | undefined; ; ) {
      const page = unwrap(hub.connections.list({ limit: 10, after }))
      seen.push(...page.map(({ id }) => id))
      if (page.length < 10) break
      after = seen.at(-1)
      users[0]?.cut()
    }
    expect(seen).toEqual(users.map(({ socket }) => socket.connectionId).toSorted())
  })

  it.each([0, -1, 1.5, Number.NaN, 1_001, '10'])('refuses %j as limit', async (limit) => {
    const { hub } = await createTestHub()
    expect(hub.connections.list({ limit: limit as number })).toMatchObject({
      ok: false,
      error: { code: 'invalid_payload', message: 'limit: a whole number from 1 to 1000' },
    })
  })
})

describe('the state of a connection', () => {
  it('tells how far its user has come', async () => {
    const verified = Promise.withResolvers<Result<Principal>>()
    const authenticator = { authenticate: () => verified.promise }
    const { clock, connect, hub } = await createTestHub({ authenticator })
    const stranger = await connect(undefined)
    const found = () => unwrap(hub.connections.find(stranger.socket.connectionId))
    expect(found()).toMatchObject({ state: 'connected', userId: null })
    stranger.send({ type: 'auth', token: 'ada' })
    await clock.advance(10)
    expect(found()).toMatchObject({ state: 'authenticating', userId: null })
    verified.resolve(ok(testPrincipal('ada')))
    await clock.advance(10)
    expect(found()).toMatchObject({ state: 'authenticated', userId: 'ada' })
  })

  it('is connected again after a token that was refused', async () => {
    const { connect, hub } = await createTestHub()
    const stranger = await connect(undefined)
    await expect(stranger.request({ type: 'auth', token: 'wrong' })).rejects.toThrow()
    expect(hub.connections.find(stranger.socket.connectionId)).toMatchObject({
      value: { state: 'connected' },
    })
  })

  it('tells that it is ending, and whether something went wrong', async () => {
    const { ada, bob, clock, hub } = await createTestHub({ users: ['ada', 'bob'] })
    const stateOf = (id: string) => unwrap(hub.connections.find(id)).state
    hub.connections.disconnect(ada.socket.connectionId)
    expect(stateOf(ada.socket.connectionId)).toBe('disconnecting')
    bob.sendText('no frame')
    await clock.advance(1)
    expect(stateOf(bob.socket.connectionId)).toBe('error')
    await bob.end()
    expect(hub.connections.list()).toEqual(ok([]))
  })
})

describe('disconnecting', () => {
  it('ends one connection for good, with a reason for its client', async () => {
    const { ada, connect, hub } = await createTestHub({ users: ['ada'] })
    const tab = await connect('ada')
    const id = ada.socket.connectionId
    expect(hub.connections.disconnect(id, 'signed out')).toEqual(ok(undefined))
    expect(hub.connections.disconnect(id)).toEqual(ok(undefined))
    expect(await ada.end()).toEqual({ code: 4503, reason: 'signed out' })
    expect(tab.closed).toBeUndefined()
    expect(hub.connections.disconnect(id)).toMatchObject({
      ok: false,
      error: { code: 'not_found', message: expect.stringContaining(id) },
    })
  })

  it('ends all connections of a user, and of nobody else', async () => {
    const { ada, bob, connect, hub } = await createTestHub({ users: ['ada', 'bob'] })
    const tab = await connect('ada')
    expect(hub.connections.disconnectUser('ada')).toEqual(ok(2))
    expect(hub.connections.disconnectUser('ada')).toEqual(ok(0))
    for (const each of [ada, tab]) {
      expect(await each.end()).toEqual({ code: 4503, reason: 'disconnected by the application' })
    }
    expect(bob.closed).toBeUndefined()
  })

  it('ends one who is anonymous and has done nothing yet', async () => {
    const { connect, hub } = await createTestHub({ anonymous: true })
    const stranger = await connect(undefined)
    const { userId } = unwrap(hub.connections.find(stranger.socket.connectionId))
    expect(hub.connections.disconnectUser(userId ?? '')).toEqual(ok(1))
    expect(await stranger.end()).toMatchObject({ code: 4503 })
  })

  it('takes a reason as long as a WebSocket can carry it, counted in bytes', async () => {
    const { ada, hub } = await createTestHub({ users: ['ada'] })
    const id = ada.socket.connectionId
    const refused = {
      ok: false,
      error: { code: 'too_large', message: expect.stringMatching(/^reason: /) },
    }
    expect(hub.connections.disconnect(id, 'é'.repeat(62))).toMatchObject(refused)
    expect(hub.connections.disconnectUser('ada', 'x'.repeat(124))).toMatchObject(refused)
    expect(ada.closed).toBeUndefined()
    const reason = `${'é'.repeat(61)}x`
    expect(hub.connections.disconnect(id, reason)).toEqual(ok(undefined))
    expect(await ada.end()).toEqual({ code: 4503, reason })
  })
})
