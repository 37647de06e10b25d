import type { Result } from '@coterie/protocol'
import { createTestHub, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { Reader } from '../core/reader.ts'
import type { RealtimeHub } from '../hub.ts'

const MIB = 1_048_576
const LONG = 'x'.repeat(60_000)

/** A world whose room holds a page of history that is as long as pages may be. */
async function createLongRoom() {
  const world = await createTestHub({
    users: ['ada', 'bob'],
    channels: { 'room:*': { subscribe: 'public', history: true } },
  })
  for (let count = 0; count < 18; count += 1) await world.hub.publish('room:1', 'e', LONG)
  await world.ada.subscribe('room:1')
  await world.bob.subscribe('room:1')
  return world
}

/** Asks for something many times at once; says how many were served, and what the others were told. */
async function ask(times: number, request: () => Promise<unknown>) {
  const settled = await Promise.allSettled(Array.from({ length: times }, request))
  const refused = settled.filter(({ status }) => status === 'rejected')
  return { served: times - refused.length, refused }
}

describe('what a subscribe brings of the past', () => {
  it('is charged, however often the same channel is subscribed to', async () => {
    const { ada, clock } = await createLongRoom()
    const { served, refused } = await ask(50, () => ada.subscribe('room:1', { recent: 1_000 }))
    expect(served).toBeGreaterThanOrEqual(5)
    expect(served).toBeLessThanOrEqual(20)
    expect(refused[0]).toMatchObject({
      reason: { code: 'rate_limited', details: { retry_after_ms: expect.any(Number) } },
    })
    await clock.advance(10_000)
    expect((await ask(1, () => ada.subscribe('room:1', { recent: 1_000 }))).served).toBe(1)
  })

  it('of little costs little: a client with hundreds of channels joins them all at once', async () => {
    const { ada } = await createTestHub({ users: ['ada'], limits: { framesBurst: 300 } })
    let channel = 0
    const join = () => {
      channel += 1
      return ada.subscribe(`room:${channel}`, { recent: 50 })
    }
    expect((await ask(250, join)).served).toBe(250)
  })
})

describe('history', () => {
  it('is charged by what it answers, however short the question is', async () => {
    const { ada, bob, clock, hub, connect } = await createLongRoom()
    const { served, refused } = await ask(50, () => ada.history('room:1', { limit: 1_000 }))
    expect(served).toBeGreaterThanOrEqual(5)
    expect(served).toBeLessThanOrEqual(9)
    expect(refused[0]).toMatchObject({
      reason: { code: 'rate_limited', details: { retry_after_ms: expect.any(Number) } },
    })
    expect(hub.figures().refused.answers).toBe(50 - served)
    // Another connection of the user is no other user; another user is.
    const tab = await connect('ada')
    await tab.subscribe('room:1')
    const more = await ask(20, () => tab.history('room:1', { limit: 1_000 }))
    expect(served + more.served).toBeLessThanOrEqual(9)
    expect((await ask(1, () => bob.history('room:1', { limit: 1_000 }))).served).toBe(1)
    await clock.advance(1_000)
    expect((await ask(50, () => ada.history('room:1', { limit: 1_000 }))).served).toBeLessThan(5)
  })

  it('of little costs little: hundreds of small pages are served', async () => {
    const { ada, hub, clock } = await createTestHub({ users: ['ada'] })
    await hub.publish('room:1', 'e', 1)
    await ada.subscribe('room:1')
    for (let round = 0; round < 20; round += 1) {
      expect((await ask(40, () => ada.history('room:1'))).served).toBe(40)
      await clock.advance(1_000)
    }
  })

  it('is charged to the address of anonymous users, however many there are', async () => {
    const { connect, hub, bob } = await createLongRoom()
    let served = 0
    for (let guest = 0; guest < 10; guest += 1) {
      const principal = testPrincipal(`guest-${guest}`, { isAnonymous: true })
      const user = await connect(principal.userId, 0, principal)
      await user.subscribe('room:1')
      served += (await ask(3, () => user.history('room:1', { limit: 1_000 }))).served
    }
    expect(served).toBeLessThanOrEqual(9)
    expect(hub.figures().refused.answers).toBe(30 - served)
    // Users for whom somebody vouched have their own, at the same address too.
    expect((await ask(1, () => bob.history('room:1', { limit: 1_000 }))).served).toBe(1)
  })

  it('is not charged to the application', async () => {
    const { hub, clock } = await createLongRoom()
    const query = { limit: 1_000, reverse: false }
    const read = () => hub.channelReader.history('room:1', query, undefined)
    const reading = Promise.all(Array.from({ length: 40 }, read))
    await clock.advance(1_000)
    const pages = await reading
    expect(pages.every((page) => page.ok)).toBe(true)
  })
})

it('state and presence are charged too, whoever reads them without being there', async () => {
  const channels = { 'room:*': { presence: true, state: true } }
  const { hub } = await createTestHub({ channels, limits: { answeredBytesBurst: MIB } })
  await hub.state.change('room:1', { set: { a: LONG, b: LONG, c: LONG } })
  const reader = { principal: testPrincipal('ada'), address: '', isMember: false }
  const read = () => hub.state.readText('room:1', reader)
  const all = await Promise.all(Array.from({ length: 20 }, read))
  const served = all.filter((answer) => answer.ok)
  expect(served.length).toBeLessThanOrEqual(5)
  expect(all.at(-1)).toMatchObject({ error: { code: 'rate_limited' } })
})

it('acknowledging what nobody sent is bounded by how many ids there are', async () => {
  const { ada, hub } = await createTestHub({ users: ['ada'] })
  const ack = (batch: number) =>
    ada.request({
      type: 'ack',
      notifications: Array.from({ length: 1_000 }, (_, index) => `none-${batch}-${index}`),
    })
  const settled = await Promise.allSettled(Array.from({ length: 20 }, (_, batch) => ack(batch)))
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
  expect(hub.figures().refused.acknowledgements).toBe(15)
})

describe('patterns', () => {
  const grants = [{ channels: '#', actions: ['*' as const] }]
  const eve = testPrincipal('eve', { grants })

  it.each([
    ['of more than 32 segments', `${'a:'.repeat(32)}*`],
    ['of more than 8 wildcards', `${'*:'.repeat(8)}#`],
  ])('%s are refused', async (_, pattern) => {
    const { hub, connect } = await createTestHub()
    const user = await connect('eve', 0, eve)
    const refused = { code: 'limit_exceeded' }
    await expect(user.subscribe(pattern)).rejects.toMatchObject(refused)
    const request = { userId: 'eve', topic: pattern }
    const stored = await hub.subscriptions.createTopicSubscription(request, eve)
    expect(stored).toMatchObject({ error: refused })
    expect(await hub.subscriptions.createTopicSubscription(request)).toMatchObject({ ok: true })
    await user.subscribe('*:*:*:*:*:*:*:#')
  })

  it('of a user are counted over all connections, each once', async () => {
    const { hub, connect } = await createTestHub({ limits: { patternsPerUser: 3 } })
    const one = await connect('eve', 0, eve)
    const other = await connect('eve', 0, eve)
    for (const pattern of ['a:*', 'b:*']) await one.subscribe(pattern)
    for (const pattern of ['a:*', 'b:*', 'c:*']) await other.subscribe(pattern)
    await expect(one.subscribe('d:*')).rejects.toMatchObject({ code: 'limit_exceeded' })
    await one.subscribe('c:*')
    expect(hub.figures().refused.patterns).toBe(1)
    for (const user of [one, other]) await user.unsubscribe('c:*')
    await one.subscribe('d:*')
    for (const user of [one, other]) user.cut()
    const again = await connect('eve', 0, eve)
    for (const pattern of ['e:*', 'f:*', 'g:*']) await again.subscribe(pattern)
  })

  it('that a user stores are counted, and make room when they are deleted', async () => {
    const { hub } = await createTestHub({ limits: { patternsPerUser: 2 } })
    const store = (topic: string) =>
      hub.subscriptions.createTopicSubscription({ userId: 'eve', topic }, eve)
    const first = await store('a:*')
    await store('b:*')
    expect(await store('c:*')).toMatchObject({ error: { code: 'limit_exceeded' } })
    if (first.ok) await hub.subscriptions.delete(first.value.id, eve)
    expect(await store('c:*')).toMatchObject({ ok: true })
  })
})

it('lists channels by pages, of those that somebody is in', async () => {
  const { ada, hub } = await createTestHub({ users: ['ada'] })
  const names = Array.from({ length: 25 }, (_, index) => `room:${String(index).padStart(3, '0')}`)
  for (const name of names) await ada.subscribe(name)
  const found: string[] = []
  for (let after: string | undefined; ; ) {
    const page = hub.channelReader.page({ after, limit: 10 }, undefined)
    found.push(...page.channels)
    expect(page.channels.length).toBeLessThanOrEqual(10)
    if (page.next === undefined) break
    after = page.next
  }
  expect(found).toEqual([...names, 'user:ada'])
  await ada.unsubscribe('room:000')
  await ada.subscribe('room:0005')
  const first = hub.channelReader.page({ limit: 2 }, undefined)
  expect(first.channels).toEqual(['room:0005', 'room:001'])
})

it.each<[string, (hub: RealtimeHub, reader: Reader) => Promise<Result<unknown>>]>([
  ['state', (hub, reader) => hub.state.readText('room:1', reader)],
  ['presence', (hub, reader) => hub.presenceReader.read('room:1', { limit: 10 }, reader)],
  ['read marks', (hub, reader) => hub.ephemeral.readMarksFor('room:1', reader)],
])('%s of anonymous users are charged to their network, or each for itself', async (_, read) => {
  const channels = {
    'room:*': { subscribe: 'public', presence: true, state: true, history: true },
  } as const
  const { hub } = await createTestHub({ channels, limits: { answeredBytesBurst: 2 * MIB } })
  const guestAt = (address: string, index: number): Reader => ({
    principal: testPrincipal(`guest-${index}`, { isAnonymous: true }),
    address,
    isMember: false,
  })
  const ofMany = async (addressOf: (index: number) => string) => {
    const reads = Array.from({ length: 40 }, (_, index) =>
      read(hub, guestAt(addressOf(index), index)),
    )
    return (await Promise.all(reads)).filter(({ ok }) => ok).length
  }
  // An address of IPv6 is one of many that somebody has.
  expect(await ofMany((index) => `2001:db8:1:1::${index + 1}`)).toBeLessThan(40)
  expect(await ofMany((index) => `192.0.2.${index}`)).toBe(40)
  expect(await ofMany(() => '')).toBe(40)
})
