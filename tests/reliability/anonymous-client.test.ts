import { createClient } from '@coterie/client'
import { createMemoryEngine, RealtimeHub } from '@coterie/server'
import {
  FakeClock,
  nameAuthenticator,
  SeededRandom,
  SimulatedEnvironment,
  SimulatedNetwork,
} from '@coterie/testing'
import { expect, it } from 'vitest'
import { idleStore } from '../simulation/idle-store.ts'

const channels = {
  'room:*': { subscribe: 'public', history: true, presence: true, state: { persist: true } },
} as const

function createWorld() {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const network = new SimulatedNetwork(clock, () => 10)
  const hub = new RealtimeHub({
    store: idleStore,
    clock,
    random,
    anonymous: true,
    authenticator: nameAuthenticator,
    engine: createMemoryEngine({ clock, random }),
    channels,
  })
  void hub.start()
  const connect = () => {
    const environment = new SimulatedEnvironment(clock, network, random, () => hub)
    const client = createClient({ url: 'ws://simulated', environment })
    const room = client.channel('room:1', { presence: true, state: true })
    client.connect()
    void room.subscribe()
    return { client, room, environment }
  }
  return { clock, hub, connect }
}

it.each(['cut', 'halfOpen'] as const)(
  'an anonymous user whose answers were lost by %s publishes once and undoes nobody',
  async (fault) => {
    const { clock, hub, connect } = createWorld()
    const [ada, bob] = [connect(), connect()]
    await clock.advance(1_000)
    const userId = ada.client.userId()
    const published = ada.room.publish('message', 'once')
    const changed = ada.room.state.set('title', 'old')
    // The frames reach the server, and their answers never arrive.
    await clock.advance(15)
    ada.environment[fault]()
    await clock.advance(50)
    expect(bob.room.state.value()).toEqual({ title: 'old' })
    void bob.room.state.set('title', 'new')
    await clock.advance(120_000)
    await published
    await changed
    expect(ada.client.userId()).toBe(userId)
    const history = ada.room.history()
    await clock.advance(1_000)
    const { events } = await history
    expect(events.map(({ payload }) => payload)).toEqual(['once'])
    expect(ada.room.presence.others().map(({ user_id }) => user_id)).toEqual([bob.client.userId()])
    expect(bob.room.presence.count()).toBe(2)
    expect(await hub.state.read('room:1')).toMatchObject({ value: { value: { title: 'new' } } })
    for (const { client } of [ada, bob]) client.disconnect()
  },
)
