import { usePresence, WebSocketClient } from '@coterie/client'
import { createYjsProvider } from '@coterie/client/yjs/provider'
import { createMemoryEngine, RealtimeHub } from '@coterie/server'
import {
  FakeClock,
  nameAuthenticator,
  SeededRandom,
  SimulatedEnvironment,
  SimulatedNetwork,
} from '@coterie/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Doc } from 'yjs'
import { idleStore } from './idle-store.ts'

const HOUR_MS = 3_600_000
const CHANNEL = 'room:1'

/** A room whose users have clocks of their own, and networks that fail. */
function createWorld() {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const network = new SimulatedNetwork(clock, () => random.below(40))
  const hub = new RealtimeHub({
    store: idleStore,
    clock,
    random,
    engine: createMemoryEngine({ clock, random }),
    authenticator: nameAuthenticator,
    channels: { 'room:*': { history: { size: 1_000 }, state: { persist: true }, presence: true } },
  })
  void hub.start()

  const enter = (name: string, aheadMs = 0) => {
    const environment = new SimulatedEnvironment(clock, network, random, () => hub)
    const own = {
      now: () => clock.now() + aheadMs,
      elapsed: () => clock.elapsed(),
      setTimer: (run: () => void, delayMs: number) => clock.setTimer(run, delayMs),
    }
    const createSocket = environment.createSocket.bind(environment)
    const road = { isBlocked: false }
    const client = new WebSocketClient({
      url: 'ws://simulated',
      token: name,
      environment: Object.assign(environment, {
        clock: own,
        createSocket: () => {
          if (road.isBlocked) throw new Error('no network')
          return createSocket()
        },
      }),
    })
    client.connect()
    onTestFinished(() => client.disconnect())
    client.connection
      .channel(CHANNEL)
      .use({ state: true })
      .joined.catch(() => {})
    const presence = usePresence({ client, room: '1', user: { id: name } })
    /** How long ago the others were active, in seconds, as the application would count. */
    const idleSeconds = () =>
      presence.others().map(({ lastSeen }) => Math.round((own.now() - lastSeen) / 1_000))
    const away = () => {
      road.isBlocked = true
      environment.cut()
    }
    const comeBack = () => {
      road.isBlocked = false
      client.connection.reconnectNow()
    }
    return { client, idleSeconds, away, comeBack }
  }
  return { clock, hub, enter }
}

describe('a user who does nothing', () => {
  it('is idle, though an editor renews what it shows and saves the document', async () => {
    const { clock, enter } = createWorld()
    const [ada, bob] = [enter('ada'), enter('bob')]
    const doc = new Doc()
    const provider = createYjsProvider({ client: bob.client.connection, channel: CHANNEL, doc })
    onTestFinished(() => provider.destroy())
    await clock.advance(3_000)
    let renewals = 0
    ada.client.connection.channel(CHANNEL).on('yjs:awareness', () => {
      renewals += 1
    })
    const { state } = bob.client.connection.channel(CHANNEL)
    for (let quarter = 0; quarter < 4; quarter += 1) {
      // As y-protocols renews it by itself, so that the others do not take it for gone.
      provider.awareness.setLocalState(provider.awareness.getLocalState())
      const changed = state.change({ set: { yjs: quarter, 'yjs/a/0': '' }, delete: ['yjs/b/0'] })
      await clock.advance(15_000)
      await changed
    }
    expect(renewals).toBeGreaterThanOrEqual(4)
    expect(ada.idleSeconds()[0]).toBeGreaterThanOrEqual(60)

    doc.getText('t').insert(0, 'Hello')
    await clock.advance(2_000)
    expect(ada.idleSeconds()[0]).toBeLessThanOrEqual(2)
    const set = state.change({ set: { yjs: 9, title: 'Mine' } })
    await clock.advance(2_000)
    await set
    expect(ada.idleSeconds()[0]).toBeLessThanOrEqual(2)
  })

  it.each([
    ['the same clock', 0],
    ['a clock an hour ahead', HOUR_MS],
    ['a clock an hour behind', -HOUR_MS],
  ])('stays idle when somebody with %s comes back to much they missed', async (_, aheadMs) => {
    const { clock, enter } = createWorld()
    const [ada, bob] = [enter('ada', aheadMs), enter('bob')]
    await clock.advance(3_000)
    const heard: number[] = []
    const room = ada.client.connection.channel(CHANNEL)
    let notes = 0
    room.on('note', () => {
      notes += 1
    })
    room.onActivity((userId, frame) => {
      if (userId !== 'bob' || frame.type !== 'event') return
      heard.push(Date.parse(frame.timestamp) - clock.now())
    })
    const first = bob.client.send('note', 1, '1')
    await clock.advance(1_000)
    await first
    expect(heard).toHaveLength(1)
    expect(heard[0]).toBeGreaterThan(-2_000)
    heard.length = 0

    ada.away()
    await clock.advance(1_000)
    const text = 'x'.repeat(2_000)
    const sent = Array.from({ length: 300 }, (_, n) => bob.client.send('note', { n, text }, '1'))
    await clock.advance(75_000)
    await Promise.all(sent)
    ada.comeBack()
    await clock.advance(5_000)
    expect(notes, 'all that was missed').toBe(1 + 300)
    expect(heard.length, 'more than the reply holds').toBeGreaterThan(0)
    expect(Math.max(...heard)).toBeLessThan(-60_000)
    if (aheadMs >= 0) expect(ada.idleSeconds()[0]).toBeGreaterThanOrEqual(60)
  })
})
