import { expect, it } from 'vitest'
import { ChannelManager } from './channel-manager.ts'

function setUp(...channels: string[]) {
  const manager = new ChannelManager({ defaultBufferSize: 256 })
  for (const channel of channels) manager.createChannel(channel)
  return manager
}

it('makes, lists and removes channels', () => {
  const manager = setUp('chat:general')
  expect(manager.createChannel('chat:general')).toBe(false)
  expect(manager.createChannel('events:system', { bufferSize: 1024, metadata: { a: 1 } })).toBe(
    true,
  )
  expect(manager.listChannels()).toEqual(['chat:general', 'events:system'])
  expect(manager.getMetadata('events:system')).toEqual({ a: 1 })
  expect(manager.removeChannel('chat:general')).toBe(true)
  expect(manager.removeChannel('chat:general')).toBe(false)
  expect(manager.hasChannel('chat:general')).toBe(false)
})

it('delivers what is published and says to how many', () => {
  const manager = setUp('chat:general')
  const ada = manager.subscribe('chat:general', 'ada')
  const bob = manager.subscribe('chat:general', 'bob')
  expect(manager.publish('chat:general', 'Hello!')).toBe(2)
  expect(manager.publishJson('chat:general', { type: 'message' })).toBe(2)
  expect(ada.tryReceive()).toBe('Hello!')
  expect(bob.drain()).toEqual(['Hello!', '{"type":"message"}'])
  expect(manager.getStats('chat:general')).toEqual({ subscriberCount: 2, totalMessages: 2 })
})

it('publishes to all channels that a pattern matches', () => {
  const manager = setUp('chat:general', 'chat:random', 'events:a')
  const general = manager.subscribe('chat:general', 'u1')
  const random = manager.subscribe('chat:random', 'u2')
  manager.subscribe('events:a', 'u3')
  expect(manager.publishToTopic('chat:*', 'Announcement!')).toBe(2)
  expect([general.tryReceive(), random.tryReceive()]).toEqual(['Announcement!', 'Announcement!'])
})

it('reaches who subscribed to a pattern, once for each client, in channels made later too', () => {
  const manager = setUp('chat:general')
  const byPattern = manager.subscribe('chat:*', 'ada')
  manager.subscribe('#', 'ada')
  const byName = manager.subscribe('chat:general', 'bob')
  manager.subscribe('chat:*', 'bob')
  expect(manager.publish('chat:general', 'one')).toBe(2)
  expect(manager.getSubscribers('chat:general')).toEqual(['bob', 'ada'])
  manager.createChannel('chat:new')
  expect(manager.publish('chat:new', 'two')).toBe(2)
  expect(byPattern.drain()).toEqual(['one', 'two'])
  expect(byName.drain()).toEqual(['one'])
})

it('knows a client that subscribes twice', () => {
  const manager = setUp('chat:general')
  expect(manager.subscribe('chat:general', 'ada')).toBe(manager.subscribe('chat:general', 'ada'))
  expect(manager.getStats('chat:general').subscriberCount).toBe(1)
})

it('lets a handle that was unsubscribed receive and count nothing', () => {
  const manager = setUp('chat:general')
  const ada = manager.subscribe('chat:general', 'ada')
  const pattern = manager.subscribe('chat:*', 'bob')
  expect(manager.unsubscribe('chat:general', 'ada')).toBe(true)
  expect(manager.unsubscribe('chat:general', 'ada')).toBe(false)
  expect(manager.unsubscribe('chat:*', 'bob')).toBe(true)
  expect(manager.publish('chat:general', 'late')).toBe(0)
  expect(ada.tryReceive()).toBeNull()
  expect(pattern.endReason).toBe('unsubscribed')
  expect(ada).toMatchObject({ receivedCount: 0, missedCount: 0, endReason: 'unsubscribed' })
})

it('ends the subscribers of a channel that is removed, even from a callback', () => {
  const manager = setUp('chat:general')
  const ada = manager.subscribe('chat:general', 'ada')
  const bob = manager.subscribe('chat:general', 'bob')
  ada.onMessage(() => manager.removeChannel('chat:general'))
  manager.publish('chat:general', 'bye')
  expect(ada.endReason).toBe('the channel was removed')
  expect(bob.endReason).toBe('the channel was removed')
})

it('is strict: a channel has to be there, and a name has to be one', () => {
  const manager = setUp()
  expect(() => manager.publish('chat:general', 'x')).toThrow(/create it first/)
  expect(() => manager.subscribe('chat:general', 'ada')).toThrow(/no channel chat:general/)
  expect(() => manager.createChannel('chat:*')).toThrow(/no channel name/)
  expect(() => manager.subscribe('chat:#:x', 'ada')).toThrow(/no pattern/)
  expect(() => manager.getStats('x')).toThrow(expect.objectContaining({ code: 'unknown_channel' }))
})

it('calls back until it is aborted, and cleans up', async () => {
  const manager = setUp('events')
  const abort = new AbortController()
  const received: string[] = []
  const handling = manager.subscribeAsync(
    'events',
    'worker-1',
    (message) => {
      received.push(message)
      if (message === 'last') abort.abort()
    },
    { signal: abort.signal },
  )
  for (const message of ['first', 'last']) manager.publish('events', message)
  await handling
  expect(received).toEqual(['first', 'last'])
  expect(manager.getSubscribers('events')).toEqual([])
})
