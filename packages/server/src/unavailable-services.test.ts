import { RealtimeError, type Result } from '@coterie/protocol'
import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { createMemoryEngine, RealtimeHub, silentLogger } from './index.ts'
import type { Engine } from './ports/engine.ts'

const post = { userId: 'ada', resourceType: 'post', resourceId: '1' }

it.each<[string, (hub: RealtimeHub) => Promise<Result<unknown>>]>([
  ['notifications.list', (hub) => hub.notifications.list({ userId: 'ada' })],
  ['subscriptions.list', (hub) => hub.subscriptions.list({ userId: 'ada' })],
  ['subscriptions.create', (hub) => hub.subscriptions.createResourceSubscription(post)],
  ['revocations.list', (hub) => hub.revocations.list()],
  ['deadLetters.list', (hub) => hub.deadLetters.list()],
  ['deadLetters.replay', (hub) => hub.deadLetters.replay(1)],
  ['deadLetters.discard', (hub) => hub.deadLetters.discard(1)],
  ['rooms.create', (hub) => hub.rooms.create('board')],
  ['rooms.update', (hub) => hub.rooms.update('board', { maxUsers: 2 })],
  ['rooms.find', (hub) => hub.rooms.find('board')],
  ['rooms.remove', (hub) => hub.rooms.remove('board')],
  ['rooms.kick', (hub) => hub.rooms.kick('board', 'ada')],
  ['rooms.ban', (hub) => hub.rooms.ban('board', 'ada')],
  ['rooms.unban', (hub) => hub.rooms.unban('board', 'ada')],
])('%s returns a refusal when the hub cannot start', async (_, call) => {
  const clock = new FakeClock()
  const engine: Engine = {
    ...createMemoryEngine({ clock }),
    start: async () => {
      throw new RealtimeError('unavailable', 'the engine is away')
    },
  }
  const hub = new RealtimeHub({ clock, logger: silentLogger, engine })
  const called = call(hub)
  await clock.settle()
  expect(await called).toMatchObject({
    ok: false,
    error: { code: 'unavailable', message: 'the engine is away' },
  })
})
