import { createTestHub, FakeClock, type TestUser } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { Engine } from '../../ports/engine.ts'
import { createMemoryEngine } from '../../storage/create-memory-engine.ts'
import { createSqliteEngine } from '../../storage/create-sqlite-engine.ts'

const CHANNEL = 'document:1'
/** Of which two have room in 20,000 bytes. */
const LARGE = 'x'.repeat(9_000)
const channels = {
  'document:*': { history: { size: 10, ttlMs: 60_000 }, state: { persist: true } },
  'chat:*': { history: true, state: true },
} as const

const setUp = (limits = {}, engine?: Engine, clock = new FakeClock()) =>
  createTestHub({
    users: ['ada', 'bob'],
    channels,
    limits,
    clock,
    ...(engine && { engine }),
  })

async function enter(user: TestUser, channel = CHANNEL): Promise<TestUser> {
  await user.subscribe(channel)
  return user
}

const write = (user: TestUser, segment: string, part: number, data: string, channel = CHANNEL) =>
  user.request({ type: 'snapshot_write', channel, segment, part, data })

const commit = (user: TestUser, position: string, fields: object, channel = CHANNEL) =>
  user.request({ type: 'snapshot_commit', channel, position, ...fields })

const read = (user: TestUser, fields = {}, channel = CHANNEL) =>
  user.request({ type: 'snapshot_read', channel, ...fields })

async function publish(user: TestUser, fields = {}): Promise<string> {
  const reply = await user.request({
    type: 'publish',
    channel: CHANNEL,
    event: 'e',
    payload: 1,
    ...fields,
  })
  return (reply as { position: string }).position
}

it.each(['memory', 'sqlite'])(
  'shows a snapshot once it is committed, all of it, in %s',
  async (kind) => {
    const clock = new FakeClock()
    const engine = kind === 'sqlite' ? createSqliteEngine({ path: ':memory:', clock }) : undefined
    const { ada, bob } = await setUp({}, engine, clock)
    await enter(ada)
    const position = await publish(ada)
    expect(await read(bob)).toEqual({ head: null })
    await write(ada, 'a', 0, 'one')
    await write(ada, 'a', 1, 'two')
    expect(await read(bob), 'nobody sees what is not committed').toEqual({ head: null })
    expect(await commit(ada, position, { segments: ['a'] })).toEqual({ version: 1 })
    const segments = [{ id: 'a', parts: 2 }]
    expect(await read(bob)).toEqual({ head: { version: 1, position, segments } })
    expect(await read(bob, { segment: 'a', part: 1 })).toEqual({ data: 'two' })

    await write(ada, 'b', 0, 'three')
    expect(await commit(ada, position, { segments: ['a', 'b'], if_version: 1 })).toEqual({
      version: 2,
    })
    expect(await read(bob, { segment: 'b' })).toEqual({ data: 'three' })
    await write(ada, 'c', 0, 'anew')
    await commit(ada, position, { segments: ['c'], if_version: 2 })
    await expect(read(bob, { segment: 'a', part: 0 })).rejects.toMatchObject({ code: 'not_found' })
    await expect(read(bob, { segment: 'b' })).rejects.toMatchObject({ code: 'not_found' })
  },
)

it('lets one of two writers through, and drops what the other wrote', async () => {
  const { ada, bob } = await setUp()
  await enter(ada)
  await enter(bob)
  const position = await publish(ada)
  await write(ada, 'a', 0, 'ada')
  await write(bob, 'b', 0, 'bob')
  await commit(ada, position, { segments: ['a'] })
  const conflict = { code: 'conflict' }
  await expect(commit(bob, position, { segments: ['b'] })).rejects.toMatchObject(conflict)
  await expect(write(bob, 'b', 1, 'more')).rejects.toMatchObject(conflict)
  await expect(commit(bob, position, { segments: ['b'], if_version: 1 })).rejects.toMatchObject(
    conflict,
  )
  await expect(write(bob, 'a', 0, 'changed')).rejects.toMatchObject(conflict)
  expect(await read(bob, { segment: 'a' })).toEqual({ data: 'ada' })
})

it('takes a part again that was written last, and none out of order', async () => {
  const { ada } = await setUp()
  await enter(ada)
  await write(ada, 'a', 0, 'one')
  await write(ada, 'a', 0, 'one')
  await write(ada, 'a', 1, 'two')
  await expect(write(ada, 'a', 0, 'one')).rejects.toMatchObject({ code: 'invalid_payload' })
  await expect(write(ada, 'a', 3, 'four')).rejects.toMatchObject({ code: 'invalid_payload' })
  await expect(write(ada, 'b', 1, 'two')).rejects.toMatchObject({ code: 'conflict' })
})

it('bounds what a channel keeps; what was begun gives way to what is written now', async () => {
  const { ada } = await setUp({ snapshotBytes: 20_000 })
  await enter(ada)
  const position = await publish(ada)
  await write(ada, 'a', 0, LARGE)
  await commit(ada, position, { segments: ['a'] })
  await write(ada, 'b', 0, LARGE)
  await write(ada, 'c', 0, LARGE)
  await expect(commit(ada, position, { segments: ['b'], if_version: 1 })).rejects.toMatchObject({
    code: 'conflict',
  })
  await expect(write(ada, 'c', 1, LARGE)).rejects.toMatchObject({ code: 'too_large' })
  expect(await commit(ada, position, { segments: ['c'], if_version: 1 })).toEqual({ version: 2 })
})

it('keeps only so many segments that nobody has committed', async () => {
  const { ada } = await setUp()
  await enter(ada)
  const position = await publish(ada)
  for (let n = 0; n < 50; n += 1) await write(ada, `s${n}`, 0, 'x')
  await expect(commit(ada, position, { segments: ['s0'] })).rejects.toMatchObject({
    code: 'conflict',
  })
  expect(await commit(ada, position, { segments: ['s49'] })).toEqual({ version: 1 })
})

it('counts very many small parts as larger ones', async () => {
  const { ada } = await setUp({ snapshotBytes: 200_000 })
  await enter(ada)
  for (let part = 0; part < 24; part += 1) await write(ada, 'a', part, '')
  await expect(write(ada, 'a', 24, '')).rejects.toMatchObject({ code: 'too_large' })
})

it('takes the places of what was dropped again, and gives nobody a part of another', async () => {
  const clock = new FakeClock()
  const engine = createMemoryEngine({ clock })
  const maps = new Set<string>()
  const watched: Engine = {
    ...engine,
    change: (channel, map, ...rest) => {
      maps.add(map)
      return engine.change(channel, map, ...rest)
    },
  }
  const { ada, bob } = await setUp({}, watched, clock)
  await enter(ada)
  const position = await publish(ada)
  for (let n = 0; n < 30; n += 1) {
    for (const part of [0, 1, 2]) await write(ada, `s${n}`, part, `${n}.${part}`)
    await commit(ada, position, { segments: [`s${n}`], if_version: n })
    expect(await read(bob, { segment: `s${n}`, part: 2 })).toEqual({ data: `${n}.2` })
    await expect(read(bob, { segment: `s${n - 1}`, part: 2 })).rejects.toMatchObject({
      code: 'not_found',
    })
    await clock.advance(1_000)
  }
  const places = [...maps].filter((map) => map.startsWith('snapshot:'))
  expect(places.length).toBeLessThanOrEqual(6)
})

it('keeps events past their time until a snapshot covers them', async () => {
  const { ada, bob, clock } = await setUp()
  await enter(ada)
  const history = async () => {
    const page = await bob.request({ type: 'history', channel: CHANNEL })
    return (page as { events: unknown[] }).events.length
  }
  await publish(ada)
  const held = await publish(ada, { until_snapshot: true })
  const last = await publish(ada)
  await clock.advance(600_000)
  expect(await history()).toBe(2)
  await commit(ada, held, {})
  expect(await history()).toBe(1)
  await commit(ada, last, {})
  expect(await history()).toBe(0)
})

it('keeps no event longer where the state does not persist', async () => {
  const { ada, clock } = await setUp()
  await enter(ada, 'chat:1')
  const frame = { type: 'publish', channel: 'chat:1', event: 'e', payload: 1, until_snapshot: true }
  await ada.request(frame)
  await clock.advance(600_000)
  expect(await ada.request({ type: 'history', channel: 'chat:1' })).toMatchObject({ events: [] })
  const refused = { code: 'forbidden' }
  await expect(write(ada, 'a', 0, 'x', 'chat:1')).rejects.toMatchObject(refused)
  await expect(read(ada, {}, 'chat:1')).rejects.toMatchObject(refused)
})

it('takes a snapshot only of those who are in the channel, up to where the log has come', async () => {
  const { ada, bob } = await setUp()
  await enter(ada)
  const position = await publish(ada)
  await write(ada, 'a', 0, 'x')
  const stranger = { code: 'not_member' }
  await expect(write(bob, 'b', 0, 'x')).rejects.toMatchObject(stranger)
  await expect(commit(bob, position, { segments: ['a'] })).rejects.toMatchObject(stranger)
  const [epoch] = position.split(':')
  for (const wrong of ['elsewhere:1', `${epoch}:2`, 'nonsense']) {
    await expect(commit(ada, wrong, { segments: ['a'] })).rejects.toMatchObject({
      code: 'not_found',
    })
  }
})
