import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { LocalHub } from './local-hub.ts'

function setUp() {
  const hub = new LocalHub({ clock: new FakeClock(), channelBufferSize: 256 })
  hub.createChannel('chat:general', { broadcast: { bufferSize: 128 } })
  hub.createChannel('chat:random')
  return hub
}

it('subscribes, shows and watches who joins', () => {
  const hub = setUp()
  const subscriber = hub.join('chat:general', 'ada', { name: 'Ada' })
  expect(hub.publish('chat:general', 'Hello!')).toBe(1)
  hub.publishJson('chat:general', { msg: 'typed' })
  expect(subscriber.drain()).toEqual(['Hello!', '{"msg":"typed"}'])
  expect(hub.getPresence('chat:general')).toMatchObject([
    { clientId: 'ada', metadata: { name: 'Ada' } },
  ])
  expect(hub.heartbeat.isAlive('ada')).toBe(true)
  expect(hub.broadcast.stats('chat:general').totalSent).toBe(0)
})

it('watches a client while it is anywhere', () => {
  const hub = setUp()
  hub.join('chat:general', 'ada')
  hub.join('chat:random', 'ada')
  expect(hub.leave('chat:general', 'ada')).toBe(true)
  expect(hub.leave('chat:general', 'ada')).toBe(false)
  expect(hub.heartbeat.has('ada')).toBe(true)
  expect(hub.disconnect('ada')).toEqual(['chat:random'])
  expect(hub.heartbeat.has('ada')).toBe(false)
  expect(hub.disconnect('ada')).toEqual([])
})

it('tells who came and left since it was last asked', () => {
  const hub = setUp()
  hub.join('chat:general', 'ada')
  expect(hub.getPresenceDiff('chat:general').joins).toHaveLength(1)
  hub.join('chat:general', 'bob')
  hub.disconnect('ada')
  const { joins, leaves } = hub.getPresenceDiff('chat:general')
  expect([joins.map(({ clientId }) => clientId), leaves]).toEqual([['bob'], ['ada']])
})

it('leaves nothing behind of a channel that is removed', () => {
  const hub = setUp()
  const subscriber = hub.join('chat:general', 'ada')
  expect(hub.removeChannel('chat:general')).toBe(true)
  expect(subscriber.endReason).toBe('the channel was removed')
  expect(hub.heartbeat.has('ada')).toBe(false)
  expect(hub.getPresence('chat:general')).toEqual([])
  expect(() => hub.join('chat:general', 'ada')).toThrow(/create it first/)
})

// Whoever was given up used to stay subscribed and present.
it('takes clients that were given up out of their channels', async () => {
  const clock = new FakeClock()
  const hub = new LocalHub({ clock, heartbeat: { timeoutSecs: 10, maxRetries: 1 } })
  hub.createChannel('chat:general')
  const subscriber = hub.join('chat:general', 'ada')
  hub.join('chat:general', 'bob')
  await clock.advance(10_000)
  hub.heartbeat.pong('bob')
  expect(hub.heartbeat.checkTimeouts()).toEqual(['ada'])
  expect(hub.heartbeat.evictDead()).toEqual(['ada'])
  expect(subscriber.isEnded).toBe(true)
  expect(hub.getPresence('chat:general').map(({ clientId }) => clientId)).toEqual(['bob'])
})
