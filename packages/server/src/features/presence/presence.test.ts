import { RealtimeError } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { createTestHub, FakeClock, SeededRandom } from '@coterie/testing'
import { expect, it } from 'vitest'

const present = { presence: true } as const

it('gives a late joiner everyone present, then only changes', async () => {
  const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
  await ada.subscribe('room:1', present)
  const snapshot = await bob.subscribe('room:1', present)
  expect(snapshot.presence).toMatchObject([{ user_id: 'ada' }, { user_id: 'bob' }])
  await ada.sees('presence', { joins: [{ user_id: 'bob' }], leaves: [] })
  await bob.request({ type: 'presence', channel: 'room:1', status: 'away' })
  await bob.sees('presence', { updates: [{ user_id: 'bob', status: 'away' }], joins: [] })
  expect(bob.frames.filter(({ type }) => type === 'presence')).toHaveLength(1)
})

it('shows data and status as they were given, and keeps what is not named', async () => {
  const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
  await ada.subscribe('room:1', { presence: { data: { x: 1 }, status: 'away' } })
  const { presence } = await bob.subscribe('room:1', { presence: 'follow' })
  expect(presence).toMatchObject([{ user_id: 'ada', status: 'away', data: { x: 1 } }])
  await ada.request({ type: 'presence', channel: 'room:1', status: 'online' })
  await bob.sees('presence', { updates: [{ status: 'online', data: { x: 1 } }] })
})

it('does not show who only follows, until they appear', async () => {
  const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
  await ada.subscribe('room:1', present)
  await bob.subscribe('room:1', { presence: 'follow' })
  await bob.request({ type: 'presence', channel: 'room:1' })
  await ada.sees('presence', { joins: [{ user_id: 'bob' }] })
  expect(ada.frames.filter(({ type }) => type === 'presence')).toHaveLength(1)
})

it('tells who did not ask for it nothing', async () => {
  const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
  expect(await ada.subscribe('room:1')).not.toHaveProperty('presence')
  await bob.subscribe('room:1', present)
  await bob.publish('room:1', 'e', 1)
  await ada.sees('event', { payload: 1 })
  expect(ada.frames.some(({ type }) => type === 'presence')).toBe(false)
})

it('reports a user with two tabs once, and keeps them when one closes', async () => {
  const { ada, bob, clock, connect } = await createTestHub({ users: ['ada', 'bob'] })
  await bob.subscribe('room:1', present)
  await ada.subscribe('room:1', present)
  const tab = await connect('ada')
  const { presence } = await tab.subscribe('room:1', present)
  expect(presence?.map(({ user_id }) => user_id)).toEqual(['bob', 'ada'])
  tab.cut()
  await clock.advance(60_000)
  ada.cut()
  await clock.advance(60_000)
  const frames = bob.frames.flatMap((frame) => (frame.type === 'presence' ? [frame] : []))
  expect(frames.flatMap(({ joins }) => joins).map(({ user_id }) => user_id)).toEqual(['ada'])
  expect(frames.flatMap(({ leaves }) => leaves).map(({ user_id }) => user_id)).toEqual(['ada'])
})

it('takes the most present status of several tabs', async () => {
  const { ada, bob, connect } = await createTestHub({ users: ['ada', 'bob'] })
  await ada.subscribe('room:1', { presence: { status: 'online' } })
  const tab = await connect('ada')
  await tab.subscribe('room:1', { presence: { status: 'away' } })
  const { presence } = await bob.subscribe('room:1', { presence: 'follow' })
  expect(presence).toMatchObject([{ user_id: 'ada', status: 'online' }])
})

it('announces a leave at once when it was meant', async () => {
  const { ada, bob, clock } = await createTestHub({ users: ['ada', 'bob'] })
  await bob.subscribe('room:1', present)
  await ada.subscribe('room:1', present)
  await bob.sees('presence', { joins: [{ user_id: 'ada' }] })
  const leftAtMs = clock.elapsed()
  await ada.unsubscribe('room:1')
  await bob.sees('presence', { leaves: [{ user_id: 'ada' }] })
  expect(clock.elapsed() - leftAtMs).toBeLessThan(100)
})

it('waits a grace period before it announces that a connection has gone', async () => {
  const { ada, bob, clock } = await createTestHub({ users: ['ada', 'bob'] })
  await bob.subscribe('room:1', present)
  await ada.subscribe('room:1', present)
  const cutAtMs = clock.elapsed()
  ada.cut()
  await bob.sees('presence', { leaves: [{ user_id: 'ada' }] })
  expect(clock.elapsed() - cutAtMs).toBeGreaterThanOrEqual(15_000)
  expect(clock.elapsed() - cutAtMs).toBeLessThan(15_200)
})

it('says nothing of a user who comes back within the grace period', async () => {
  const { ada, bob, clock } = await createTestHub({ users: ['ada', 'bob'] })
  await bob.subscribe('room:1', present)
  const { presence } = await ada.subscribe('room:1', { presence: { data: 'here' } })
  const joinedAt = presence?.find(({ user_id }) => user_id === 'ada')?.joined_at
  await bob.sees('presence', { joins: [{ user_id: 'ada' }] })
  const before = bob.frames.length
  ada.cut()
  await clock.advance(5_000)
  await ada.connect()
  const back = await ada.subscribe('room:1', { presence: { data: 'here' } })
  expect(back.presence?.find(({ user_id }) => user_id === 'ada')?.joined_at).toBe(joinedAt)
  await clock.advance(60_000)
  const since = bob.frames.slice(before).filter((frame) => frame.type === 'presence')
  expect(since.flatMap(({ joins, leaves }) => [...joins, ...leaves])).toEqual([])
})

it('tells nothing of who came and went within one window', async () => {
  const { ada, bob, cleo } = await createTestHub({ users: ['ada', 'bob', 'cleo'] })
  await bob.subscribe('room:1', present)
  ada.send({ type: 'subscribe', channel: 'room:1', presence: true })
  ada.send({ type: 'unsubscribe', channel: 'room:1' })
  await cleo.subscribe('room:1', present)
  const frame = await bob.sees('presence')
  expect(frame.joins.map(({ user_id }) => user_id)).toEqual(['cleo'])
  expect(frame.leaves).toEqual([])
})

it('tells who was shown somebody in a snapshot that they left, within one window too', async () => {
  const { ada, bob, cleo } = await createTestHub({ users: ['ada', 'bob', 'cleo'] })
  await bob.subscribe('room:1', present)
  await ada.subscribe('room:1', present)
  const { presence } = await cleo.subscribe('room:1', present)
  expect(presence?.map(({ user_id }) => user_id)).toEqual(['bob', 'ada', 'cleo'])
  await ada.unsubscribe('room:1')
  const own = await cleo.sees('presence')
  expect(own).toMatchObject({ joins: [], leaves: [{ user_id: 'ada' }] })
  const shared = await bob.sees('presence')
  expect(shared.joins.map(({ user_id }) => user_id)).toEqual(['cleo'])
  expect(shared.leaves).toEqual([])
})

it('collects many joins into few frames', async () => {
  const { bob, connect } = await createTestHub({ users: ['bob'] })
  await bob.subscribe('room:1', present)
  const names = Array.from({ length: 50 }, (_, n) => `user-${n}`)
  const users = await Promise.all(names.map((name) => connect(name)))
  for (const user of users) user.send({ type: 'subscribe', channel: 'room:1', presence: true })
  await bob.sees('presence', {})
  const frames = bob.frames.flatMap((frame) => (frame.type === 'presence' ? [frame] : []))
  expect(frames).toHaveLength(1)
  expect(frames[0]?.joins).toHaveLength(50)
})

it('spans nodes, and outlives a node that dies by no more than a lease', async () => {
  const { ada, bob, clock, hubs } = await createTestHub({ users: ['ada', 'bob'], nodes: 2 })
  await ada.subscribe('room:1', present)
  const { presence } = await bob.subscribe('room:1', present)
  expect(presence).toHaveLength(2)
  await ada.sees('presence', { joins: [{ user_id: 'bob' }] })
  const closedAtMs = clock.elapsed()
  void hubs[1]?.close()
  await ada.sees('presence', { leaves: [{ user_id: 'bob' }] })
  expect(clock.elapsed() - closedAtMs).toBeLessThanOrEqual(30_000)
})

it.each([
  ['a channel without presence', { channel: 'lobby', data: 1 }, 'forbidden'],
  ['a channel one is not in', { channel: 'room:9', data: 1 }, 'not_member'],
  ['data over the limit', { channel: 'room:1', data: 'x'.repeat(4_095) }, 'too_large'],
])('refuses %s', async (_, frame, code) => {
  const { ada } = await createTestHub({
    users: ['ada'],
    channels: { 'room:*': { presence: true }, lobby: {} },
  })
  await ada.subscribe('room:1')
  await ada.subscribe('lobby')
  await expect(ada.request({ type: 'presence', ...frame })).rejects.toMatchObject({ code })
})

it('refuses to subscribe with presence where there is none, and joins nothing', async () => {
  const { ada } = await createTestHub({ users: ['ada'], channels: { lobby: {} } })
  await expect(ada.subscribe('lobby', present)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(ada.publish('lobby', 'e', 1)).rejects.toMatchObject({ code: 'not_member' })
})

it('tells how many there are, and not who, where they are too many', async () => {
  const { ada, connect, clock } = await createTestHub({
    users: ['ada'],
    presence: { maxListedUsers: 5, graceMs: 0 },
  })
  await ada.subscribe('room:1', present)
  const others = []
  for (let n = 1; n <= 4; n += 1) {
    const user = await connect(`user-${n}`)
    await user.subscribe('room:1', present)
    others.push(user)
  }
  await clock.advance(1_000)
  const late = await connect('late')
  const reply = await late.subscribe('room:1', present)
  expect(reply).toMatchObject({ presence: [], presence_count: 6 })
  const told = await ada.sees('presence', { count: 6 })
  expect(told).toMatchObject({ joins: [], updates: [], leaves: [] })
  await late.sees('presence', { count: 6 })
  await clock.advance(1_000)
  others.pop()?.cut()
  await clock.advance(1_000)
  await ada.sees('presence', { count: 5, joins: [] })
  others.pop()?.cut()
  await clock.advance(1_000)
  for (const user of [ada, late]) {
    const { joins } = await user.sees('presence', { count: 4 })
    const names = joins.map(({ user_id }) => user_id)
    expect(names.toSorted()).toEqual(['ada', 'late', 'user-1', 'user-2'])
  }
  others.pop()?.cut()
  await ada.sees('presence', { leaves: [{ user_id: 'user-2' }] })
})

it('goes on telling a channel though a read for somebody who has left fails', async () => {
  const clock = new FakeClock()
  const memory = createMemoryEngine({ clock, random: new SeededRandom(1) })
  let failFirst: (() => void) | undefined
  const engine: Engine = {
    ...memory,
    async entries(channel, map) {
      if (map === 'presence' && !failFirst) {
        await new Promise<never>((_, reject) => {
          failFirst = () => reject(new RealtimeError('unavailable', 'the engine cannot be read'))
        })
      }
      return memory.entries(channel, map)
    },
  }
  const { ada, bob, cid } = await createTestHub({ users: ['ada', 'bob', 'cid'], clock, engine })
  ada.send({ type: 'subscribe', id: '1', channel: 'room:1', presence: true })
  await clock.until(() => failFirst !== undefined)
  ada.cut()
  await bob.subscribe('room:1', { presence: 'follow' })
  failFirst?.()
  await clock.settle()
  await cid.subscribe('room:1', present)
  await bob.sees('presence', { joins: [{ user_id: 'cid' }] })
})

it('shows who came though the engine lost the change that told of it', async () => {
  const clock = new FakeClock()
  const memory = createMemoryEngine({ clock, random: new SeededRandom(1) })
  let isLossy = false
  const engine: Engine = {
    ...memory,
    start: (listener) =>
      memory.start({
        onEvent: (record) => listener.onEvent(record),
        onChange: (change) => {
          if (!isLossy) listener.onChange(change)
        },
      }),
  }
  const { ada, bob, cid } = await createTestHub({ users: ['ada', 'bob', 'cid'], clock, engine })
  await ada.subscribe('room:1', { presence: 'follow' })
  isLossy = true
  await bob.subscribe('room:1', present)
  isLossy = false
  await cid.subscribe('room:1', present)
  await ada.sees('presence', { joins: [{ user_id: 'bob' }, { user_id: 'cid' }] })
})
