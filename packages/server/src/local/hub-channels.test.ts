import { createTestHub } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

async function start(nodes = 1) {
  const world = await createTestHub({ channels: {}, users: ['bob'], nodes })
  const { hub, bob } = world
  hub.createChannel('chat:general')
  hub.createChannel('chat:random')
  await bob.subscribe('chat:general', { presence: true })
  return world
}

describe('what is published by hub.channels', () => {
  it('to a pattern reaches sockets too, and clients of the process once each', async () => {
    const { hub, bob } = await start()
    const general = hub.join('chat:general', 'u1')
    const random = hub.join('chat:random', 'u2')
    const all = hub.channels.subscribe('chat:*', 'u3')
    expect(hub.channels.publishToTopic('chat:*', 'Announcement!')).toBe(4)
    await bob.sees('event', { channel: 'chat:general', payload: 'Announcement!', from: null })
    for (const subscriber of [general, random, all]) {
      expect(subscriber.drain()).toEqual(['Announcement!'])
    }
    hub.channels.publishToTopic('chat:*', 'Again')
    expect(all.drain()).toEqual(['Again'])
  })

  it('to a pattern reaches sockets in channels that the process did not create', async () => {
    const { hub, clock, connect } = await createTestHub()
    const ada = await connect('ada')
    await ada.subscribe('room:1')
    expect(hub.channels.publishToTopic('room:*', 'Hello')).toBe(1)
    await ada.sees('event', { channel: 'room:1', payload: 'Hello' })
    await clock.settle()
  })

  it('to a channel reaches sockets and other nodes', async () => {
    const { hub, hubs, bob, clock } = await start(2)
    hubs[1]?.createChannel('chat:general')
    const far = hubs[1]?.join('chat:general', 'far')
    expect(hub.channels.publish('chat:general', 'Hello')).toBe(1)
    hub.channels.publishJson('chat:general', { text: 'Hi' })
    await bob.sees('event', { payload: '{"text":"Hi"}' })
    await clock.settle()
    expect(far?.drain()).toEqual(['Hello', '{"text":"Hi"}'])
  })

  it('is refused where the channel was not created or the pattern is not valid', async () => {
    const { hub } = await start()
    expect(() => hub.channels.publish('chat:none', 'x')).toThrow(/create it first/)
    expect(() => hub.channels.publishToTopic('chat:#:x', 'x')).toThrow(/not a pattern/)
    expect(() => hub.channels.publishToTopic('chat:*', '\ud800')).toThrow(/message: /)
  })
})

// A pattern used to find only channels with sockets in them.
it('publishes events to clients of the process by a pattern', async () => {
  const { hub } = await start()
  const subscriber = hub.join('chat:random', 'worker')
  const data = { message: 'Maintenance' }
  expect(await hub.realtimeEvent({ channel: 'chat:*', event: 'note', data })).toEqual({
    ok: true,
    value: { channels: 2, receivers: 1 },
  })
  expect(subscriber.drain()).toEqual(['{"message":"Maintenance"}'])
})

it('lets sockets into channels that hub.channels made, and puts them out of those it removes', async () => {
  const { hub, bob, clock } = await start()
  expect(hub.channels.createChannel('chat:new')).toBe(true)
  await bob.subscribe('chat:new', { presence: true })
  const subscriber = hub.join('chat:new', 'worker')
  hub.presence.track('chat:new', 'shown')
  hub.publish('chat:new', 'last words')
  expect(hub.channels.removeChannel('chat:new')).toBe(true)
  await bob.sees('unsubscribed', { channel: 'chat:new', code: 'unknown_channel' })
  expect(subscriber.endReason).toBe('the channel was removed')
  expect(subscriber.drain()).toEqual(['last words'])
  expect(hub.heartbeat.has('worker')).toBe(false)
  await clock.settle()
  expect(hub.getPresence('chat:new')).toEqual([])
  expect(hub.channels.removeChannel('chat:new')).toBe(false)
})
