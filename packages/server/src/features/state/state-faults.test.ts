import { RealtimeError, type StateFrame } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { createTestHub, FakeClock, SeededRandom, type TestUser } from '@coterie/testing'
import { expect, it } from 'vitest'

/** A world whose engine can fail to read states, or lose the changes that it makes. */
async function setUp() {
  const clock = new FakeClock()
  const memory = createMemoryEngine({ clock, random: new SeededRandom(1) })
  const faults = { failsToRead: false, losesChanges: false }
  const engine: Engine = {
    ...memory,
    start: (listener) =>
      memory.start({
        onEvent: (record) => listener.onEvent(record),
        onChange: (change) => {
          if (!faults.losesChanges) listener.onChange(change)
        },
      }),
    async entries(channel, map) {
      if (faults.failsToRead && map === 'state') {
        throw new RealtimeError('unavailable', 'the engine is away')
      }
      return memory.entries(channel, map)
    },
  }
  const channels = { 'board:*': { state: true } } as const
  const world = await createTestHub({ users: ['ada', 'bob'], channels, clock, engine })
  return { ...world, faults }
}

const enter = (user: TestUser, initial?: StateFrame['set']) =>
  user.subscribe('board:1', { state: true, ...(initial && { initial_state: initial }) })

const set = (user: TestUser, values: object) => {
  const id = JSON.stringify(values)
  return user.request({ type: 'state', channel: 'board:1', op_id: id, set: values })
}

it('forgets a state though the last user who came for it could not read it', async () => {
  const { ada, bob, hub, clock, faults } = await setUp()
  await enter(ada, { x: 1 })
  await ada.unsubscribe('board:1')
  await clock.advance(30_000)
  faults.failsToRead = true
  await expect(enter(bob)).rejects.toMatchObject({ code: 'unavailable' })
  faults.failsToRead = false
  await clock.advance(61_000)
  expect(await hub.state.read('board:1')).toEqual({ ok: true, value: { version: 2, value: {} } })
})

it('makes the next change though the state could not be read before', async () => {
  const { ada, hub, faults } = await setUp()
  await ada.subscribe('board:1')
  faults.failsToRead = true
  await expect(set(ada, { x: 1 })).rejects.toMatchObject({ code: 'unavailable' })
  faults.failsToRead = false
  expect(await set(ada, { x: 2 })).toEqual({ version: 1 })
  expect(await hub.state.read('board:1')).toMatchObject({ value: { value: { x: 2 } } })
})

it('sends the whole state after the engine lost a change', async () => {
  const { ada, bob, faults } = await setUp()
  await enter(ada)
  await enter(bob)
  faults.losesChanges = true
  await set(bob, { x: 1 })
  faults.losesChanges = false
  await set(bob, { y: 2 })
  await ada.sees('state', { version: 2, set: { x: 1, y: 2 } })
})
