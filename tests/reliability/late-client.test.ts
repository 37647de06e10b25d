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

const SIX_MINUTES = 360_000
const channels = {
  'room:*': { history: { size: 100, ttlMs: 3_600_000 }, state: { persist: true } },
  'short:*': { history: true, state: { persist: true } },
} as const

/** One client that can lose its way to a hub, and one that cannot. */
async function createWorld(channel: string) {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const network = new SimulatedNetwork(clock, () => 10)
  const engine = createMemoryEngine({ clock, random })
  const authenticator = nameAuthenticator
  const hub = new RealtimeHub({ store: idleStore, clock, random, authenticator, engine, channels })
  void hub.start()
  let isReachable = true
  const connect = (name: string, findHub: () => RealtimeHub | undefined) => {
    const environment = new SimulatedEnvironment(clock, network, random, findHub)
    const client = createClient({ url: 'ws://simulated', token: name, environment })
    const joined = client.channel(channel, { state: true })
    client.connect()
    void joined.subscribe()
    return { client, channel: joined, environment }
  }
  const ada = connect('ada', () => (isReachable ? hub : undefined))
  const bob = connect('bob', () => hub)
  await clock.advance(1_000)
  return {
    clock,
    hub,
    ada: ada.channel,
    bob: bob.channel,
    async away(): Promise<void> {
      isReachable = false
      ada.environment.cut()
      await clock.advance(SIX_MINUTES)
      isReachable = true
      await clock.advance(60_000)
    },
    async payloads(): Promise<unknown[]> {
      const history = bob.channel.history()
      await clock.advance(1_000)
      return (await history).events.map(({ payload }) => payload)
    },
  }
}

it('finds in the log what it published six minutes ago, and publishes it once', async () => {
  const { clock, ada, away, payloads } = await createWorld('room:1')
  const published = ada.publish('message', 'once')
  await clock.advance(15)
  await away()
  await expect(published).resolves.toMatchObject({ duplicate: true })
  expect(await payloads()).toEqual(['once'])
})

it('publishes after six minutes what the log shows to be missing', async () => {
  const { clock, ada, bob, away, payloads } = await createWorld('room:1')
  const published = ada.publish('message', 'late')
  await clock.advance(5)
  const other = bob.publish('message', 'other')
  await away()
  await expect(published).resolves.toMatchObject({ duplicate: false })
  await other
  expect(await payloads()).toEqual(['other', 'late'])
})

it('says `timeout` where the log has forgotten what it may have published', async () => {
  const { clock, ada, bob, away, payloads } = await createWorld('short:1')
  const heard: unknown[] = []
  bob.onAny(({ payload }) => heard.push(payload))
  const published = ada.publish('message', 'once')
  const next = ada.publish('message', 'next')
  await clock.advance(15)
  const rejected = expect(published).rejects.toMatchObject({ code: 'timeout' })
  await away()
  await rejected
  await next
  expect([heard, await payloads()]).toEqual([['once', 'next'], ['next']])
})

it('makes no change of shared state over one that came in the six minutes', async () => {
  const { clock, hub, ada, bob, away } = await createWorld('room:1')
  const changed = ada.state.set('title', 'old')
  await clock.advance(15)
  const rejected = expect(changed).rejects.toMatchObject({ code: 'timeout' })
  void bob.state.set('title', 'new')
  await away()
  await rejected
  expect(await hub.state.read('room:1')).toMatchObject({ value: { value: { title: 'new' } } })
  expect([ada.state.value(), ada.state.pending()]).toEqual([{ title: 'new' }, 0])
})
