import { RealtimeError } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import { MemoryBackplane } from '@coterie/server/engine'
import { createTestHub, FakeClock, SeededRandom, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { RevocationTarget } from './revocation.ts'

const CHANNELS = { 'room:*': { history: true, presence: true } } as const

/** A user on each of two nodes, whose tokens were made a minute ago. */
async function createCluster() {
  const world = await createTestHub({ nodes: 2, channels: CHANNELS, presence: { graceMs: 15_000 } })
  const { clock, connect } = world
  const principalOf = (name: string, tokenId: string, sessionId = `of ${tokenId}`) =>
    testPrincipal(name, { tokenId, sessionId, issuedAtMs: clock.now() - 60_000 })
  const join = async (name: string, node: number, tokenId: string, sessionId?: string) => {
    const user = await connect(name, node, principalOf(name, tokenId, sessionId))
    await user.subscribe('room:1', { presence: true })
    return user
  }
  return { ...world, principalOf, join }
}

describe('revoking', () => {
  it.each<[string, RevocationTarget, number[]]>([
    ['a user ends all their connections', { userId: 'ada' }, [4501, 4501, 4501]],
    ['a sign-in ends those that came of it', { sessionId: 'phone' }, [0, 4501, 4501]],
    ['a token ends those by it', { tokenId: 'a2' }, [0, 4501, 0]],
    ['somebody else ends nothing', { userId: 'adam' }, [0, 0, 0]],
    ['a token ends nothing of a user of the same name', { tokenId: 'ada' }, [0, 0, 0]],
  ])('%s, on every node, and no others', async (_, target, codes) => {
    const { hub, clock, join } = await createCluster()
    const adas = [
      await join('ada', 0, 'a1', 'laptop'),
      await join('ada', 0, 'a2', 'phone'),
      await join('ada', 1, 'a3', 'phone'),
    ]
    const bobs = [await join('bob', 0, 'b1'), await join('bob', 1, 'b2')]
    expect(await hub.revoke(target)).toMatchObject({ ok: true, value: { target } })
    await clock.advance(1_000)
    expect(adas.map(({ closed }) => closed?.code ?? 0)).toEqual(codes)
    expect(bobs.map(({ closed }) => closed)).toEqual([undefined, undefined])
  })

  it('takes whoever is put out from the presence at once', async () => {
    const { hubs, clock, join } = await createCluster()
    const bob = await join('bob', 0, 'b1')
    await join('ada', 1, 'a1')
    await bob.sees('presence', { joins: [{ user_id: 'ada' }] })
    await hubs[1]?.revoke({ userId: 'ada' })
    await clock.advance(1_000)
    expect(bob.frames.findLast(({ type }) => type === 'presence')).toMatchObject({
      leaves: [{ user_id: 'ada' }],
    })
  })

  it('tells why, where a reason is given', async () => {
    const { hub, join } = await createCluster()
    const ada = await join('ada', 1, 'a1')
    const bob = await join('bob', 1, 'b1')
    await hub.revoke({ userId: 'ada' }, { reason: 'signed out' })
    await hub.revoke({ userId: 'bob' })
    expect(await ada.end()).toEqual({ code: 4501, reason: 'the token was revoked: signed out' })
    expect(await bob.end()).toEqual({ code: 4501, reason: 'the token was revoked' })
  })

  it('keeps out whoever comes back by the same token, on every node', async () => {
    const { hub, connect, principalOf, join } = await createCluster()
    const ada = await join('ada', 0, 'a1')
    const { position } = await ada.subscribe('room:1')
    await hub.revoke({ tokenId: 'a1' })
    for (const node of [0, 1]) {
      const again = await connect('ada', node, principalOf('ada', 'a1'))
      again.send({ type: 'subscribe', id: 's', channel: 'room:1', since: position })
      await again.sees('error', { code: 'unauthorized', message: 'the token was revoked' })
      expect(await again.end()).toMatchObject({ code: 4501 })
      expect(again.frames.some(({ type }) => type === 'reply')).toBe(false)
      const fresh = await connect('ada', node, principalOf('ada', 'a2'))
      await fresh.subscribe('room:1', { since: position ?? '' })
    }
  })

  it('of a user lets in by tokens that are made later', async () => {
    const { hub, clock, connect } = await createCluster()
    await hub.revoke({ userId: 'ada' })
    const revokedAtMs = clock.now()
    await clock.advance(2_000)
    for (const [issuedAtMs, isGood] of [
      [revokedAtMs - 1, false],
      [revokedAtMs, false],
      [revokedAtMs + 1_000, true],
      [undefined, false],
    ] as const) {
      const ada = await connect('ada', 1, testPrincipal('ada', { issuedAtMs }))
      if (isGood) await ada.subscribe('room:1')
      else expect(await ada.end()).toMatchObject({ code: 4501 })
    }
  })

  it('reaches whom a token names while it is being verified', async () => {
    let verified = (): void => {}
    const waiting = new Promise<void>((resolve) => {
      verified = resolve
    })
    const { hub, connect } = await createTestHub({
      authenticator: {
        authenticate: async () => {
          await waiting
          return { ok: true, value: testPrincipal('ada', { tokenId: 'a1' }) }
        },
      },
    })
    const ada = await connect(undefined)
    ada.send({ type: 'auth', id: '1', token: 'a1' })
    await hub.revoke({ tokenId: 'a1' })
    verified()
    await ada.sees('error', { id: '1', code: 'unauthorized', message: 'the token was revoked' })
  })

  it('ends connections though nothing was revoked for hours', async () => {
    const { hub, clock, join } = await createCluster()
    await hub.revoke({ tokenId: 'a1' })
    await hub.revocations.lift({ tokenId: 'a1' })
    await clock.advance(3 * 3_600_000)
    const ada = await join('ada', 1, 'a1')
    await hub.revoke({ tokenId: 'a1' })
    expect(await ada.end()).toMatchObject({ code: 4501 })
  })

  it('lasts until it ends, and a second one never makes it shorter', async () => {
    const { hub, clock, connect, principalOf } = await createCluster()
    const untilMs = clock.now() + 60_000
    await hub.revoke({ tokenId: 'a1' }, { untilMs })
    const second = await hub.revoke({ tokenId: 'a1' }, { untilMs: clock.now() + 1_000 })
    expect(second).toMatchObject({ value: { untilMs } })
    const principal = principalOf('ada', 'a1')
    await clock.advance(59_000)
    expect(await (await connect('ada', 1, principal)).end()).toMatchObject({ code: 4501 })
    await clock.advance(1_000)
    await (await connect('ada', 1, principal)).subscribe('room:1')
  })

  it('is known to a node that starts later', async () => {
    const clock = new FakeClock()
    const random = new SeededRandom(1)
    const backplane = new MemoryBackplane(clock, random)
    const start = () =>
      createTestHub({ clock, engine: createMemoryEngine({ clock, random, backplane }) })
    const { hub } = await start()
    await hub.revoke({ userId: 'ada/1' }, { reason: 'gone' })
    const later = await start()
    expect(await later.hub.revocations.list()).toMatchObject({
      value: { revocations: [{ target: { userId: 'ada/1' }, reason: 'gone' }] },
    })
    const ada = await later.connect('ada/1')
    expect(await ada.end()).toMatchObject({ code: 4501, reason: 'the token was revoked: gone' })
  })
})

describe('revocations', () => {
  it('are listed page by page, those in force', async () => {
    const { hub, hubs, clock } = await createTestHub({ nodes: 2 })
    const untilMs = clock.now() + 1_000
    await hub.revoke({ userId: 'ada' })
    await hub.revoke({ tokenId: 't/1' }, { reason: 'lost' })
    await hub.revoke({ sessionId: 's' })
    await hub.revoke({ userId: 'bob' }, { untilMs })
    await clock.advance(1_000)
    const first = await hubs[1]?.revocations.list({ limit: 2 })
    const targets = (page: typeof first) =>
      page?.ok ? page.value.revocations.map(({ target }) => target) : page
    expect(targets(first)).toEqual([{ sessionId: 's' }, { tokenId: 't/1' }])
    const after = first?.ok ? first.value.next : undefined
    const second = await hubs[1]?.revocations.list({ limit: 2, after })
    expect(targets(second)).toEqual([{ userId: 'ada' }])
    expect(second).toMatchObject({ value: { next: undefined } })
  })

  it('name no next page where none follows', async () => {
    const { hub } = await createTestHub()
    await hub.revoke({ userId: 'ada' })
    await hub.revoke({ userId: 'bob' })
    expect(await hub.revocations.list({ limit: 2 })).toMatchObject({
      value: { revocations: { length: 2 }, next: undefined },
    })
  })

  it('can be taken back', async () => {
    const { hub, hubs, connect } = await createTestHub({ nodes: 2 })
    await hub.revoke({ userId: 'ada' })
    expect(await hubs[1]?.revocations.lift({ userId: 'ada' })).toEqual({ ok: true })
    await (await connect('ada')).subscribe('room:1')
    expect(await hub.revocations.lift({ userId: 'ada' })).toMatchObject({
      error: { code: 'not_found' },
    })
  })

  it('are forgotten by the engine long after their end, when another is made', async () => {
    const clock = new FakeClock()
    const engine = createMemoryEngine({ clock, random: new SeededRandom(1) })
    const { hub } = await createTestHub({ clock, engine })
    const kept = async () => [
      ...(await engine.entries('$revocations', 'revocations')).entries.keys(),
    ]
    await hub.revoke({ tokenId: '1' }, { untilMs: clock.now() + 1_000 })
    await clock.advance(86_400_000)
    await hub.revoke({ tokenId: '2' })
    expect(await kept(), 'the clock may be wrong').toEqual(['token/1', 'token/2'])
    await clock.advance(86_401_000)
    await hub.revoke({ tokenId: '3' })
    expect(await kept()).toEqual(['token/2', 'token/3'])
  })

  it('are not said to be made when the engine cannot', async () => {
    const clock = new FakeClock()
    const engine = createMemoryEngine({ clock, random: new SeededRandom(1) })
    const { hub } = await createTestHub({ clock, engine })
    engine.change = () => Promise.reject(new RealtimeError('unavailable', 'the engine is away'))
    const unavailable = { ok: false, error: { code: 'unavailable' } }
    expect(await hub.revoke({ userId: 'ada' })).toMatchObject(unavailable)
  })

  it.each<[string, RevocationTarget, object, RegExp]>([
    ['nobody', {} as RevocationTarget, {}, /exactly one of/],
    ['two', { userId: 'a', tokenId: 'b' } as never, {}, /exactly one of/],
    ['an empty id', { userId: '' }, {}, /1–128 characters/],
    ['a long id', { tokenId: 'a'.repeat(129) }, {}, /1–128 characters/],
    ['a past', { userId: 'a' }, { untilMs: 0 }, /until: expected a time in the future/],
    ['no time', { userId: 'a' }, { untilMs: Number.NaN }, /until: expected a time in the future/],
    ['half a character', { userId: '\ud83d' }, {}, /the id holds half of a character/],
    ['a broken reason', { userId: 'a' }, { reason: '\ud83d' }, /reason: holds half of a character/],
    ['a long reason', { userId: 'a' }, { reason: 'a'.repeat(101) }, /reason: expected 1–100/],
  ])('of %s are refused', async (_, target, options, message) => {
    const { hub } = await createTestHub()
    expect(await hub.revoke(target, options)).toMatchObject({
      ok: false,
      error: { code: 'invalid_payload', message: expect.stringMatching(message) },
    })
  })
})
