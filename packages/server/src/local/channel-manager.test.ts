import { expect, it } from 'vitest'
import { ChannelManager } from './channel-manager.ts'

function setUp(...channels: string[]) {
  const manager = new ChannelManager()
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

it('keeps for each subscriber as many messages as the channel says', () => {
  for (const manager of [new ChannelManager(2), new ChannelManager({ defaultBufferSize: 2 })]) {
    manager.createChannel('chat:general')
    manager.createChannel('chat:long', { bufferSize: 3 })
    const general = manager.subscribe('chat:general', 'ada')
    const long = manager.subscribe('chat:long', 'ada')
    const pattern = manager.subscribe('chat:*', 'bob')
    for (const message of ['1', '2', '3', '4', '5']) {
      manager.publish('chat:general', message)
      manager.publish('chat:long', message)
    }
    expect([general.drain(), general.missedCount]).toEqual([['4', '5'], 3])
    expect([long.drain(), long.missedCount]).toEqual([['3', '4', '5'], 2])
    expect(pattern.drain()).toEqual(['5', '5'])
  }
  expect(() => new ChannelManager(0)).toThrow(/at least 1/)
  expect(() => setUp().createChannel('a', { bufferSize: 0.5 })).toThrow(/at least 1/)
})

it('carries any kind of message', () => {
  const manager = new ChannelManager<{ readonly n: number }>()
  manager.createChannel('numbers')
  const ada = manager.subscribe('numbers', 'ada')
  manager.publish('numbers', { n: 1 })
  expect(ada.tryReceive()).toEqual({ n: 1 })
})

it('publishes to all channels that a pattern matches', () => {
  const manager = setUp('chat:general', 'chat:random', 'events:a')
  const general = manager.subscribe('chat:general', 'u1')
  const random = manager.subscribe('chat:random', 'u2')
  manager.subscribe('events:a', 'u3')
  expect(manager.publishToTopic('chat:*', 'Announcement!')).toBe(2)
  expect([general.tryReceive(), random.tryReceive()]).toEqual(['Announcement!', 'Announcement!'])
  expect(manager.publishToTopic('chat:general', 'only here')).toBe(1)
  expect(manager.publishToTopic('chat:none', 'nowhere')).toBe(0)
  expect(manager.getStats('chat:general').totalMessages).toBe(2)
})

it('publishes to a pattern once for who listens to several of its channels by a pattern', () => {
  const manager = setUp('chat:general', 'chat:random')
  const ada = manager.subscribe('chat:*', 'ada')
  manager.subscribe('chat:random', 'bob')
  expect(manager.publishToTopic('#', 'Announcement!')).toBe(2)
  expect(ada.drain()).toEqual(['Announcement!'])
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
  manager.publish('chat:general', 'not taken yet')
  expect(manager.unsubscribe('chat:general', 'ada')).toBe(true)
  expect(manager.unsubscribe('chat:general', 'ada')).toBe(false)
  expect(manager.unsubscribe('chat:*', 'bob')).toBe(true)
  expect(manager.publish('chat:general', 'late')).toBe(0)
  expect(ada.tryReceive()).toBeNull()
  expect(pattern.endReason).toBe('unsubscribed')
  expect(ada).toMatchObject({ receivedCount: 0, missedCount: 0, endReason: 'unsubscribed' })
})

it('forgets a subscriber that ended itself, and takes the client in anew', () => {
  const manager = setUp('chat:general')
  const ada = manager.subscribe('chat:general', 'ada')
  ada.end('enough')
  expect(manager.publish('chat:general', 'late')).toBe(0)
  expect(manager.getStats('chat:general').subscriberCount).toBe(0)
  const again = manager.subscribe('chat:general', 'ada')
  expect(again).not.toBe(ada)
  expect(manager.publish('chat:general', 'hello')).toBe(1)
})

it('delivers once to each and in order, though a callback publishes and subscribes', () => {
  const manager = setUp('chat:general')
  const ada = manager.subscribe('chat:general', 'ada')
  const bob = manager.subscribe('chat:*', 'bob')
  manager.subscribe('#', 'bob')
  ada.onMessage((message) => {
    manager.subscribe('chat:general', 'eve')
    if (message === 'ping') manager.publish('chat:general', 'pong')
  })
  expect(manager.publish('chat:general', 'ping')).toBe(2)
  expect(bob.drain()).toEqual(['ping', 'pong'])
  expect(manager.subscribe('chat:general', 'eve').drain()).toEqual(['pong'])
})

it('ends the subscribers of a channel that is removed, even from a callback', () => {
  const manager = setUp('chat:general')
  const ada = manager.subscribe('chat:general', 'ada')
  const bob = manager.subscribe('chat:general', 'bob')
  ada.onMessage(() => manager.removeChannel('chat:general'))
  manager.publish('chat:general', 'bye')
  expect(ada.endReason).toBe('the channel was removed')
  expect(bob.endReason).toBe('the channel was removed')
  expect(manager.createChannel('chat:general')).toBe(true)
  expect(manager.getSubscribers('chat:general')).toEqual([])
})

it('is strict: a channel has to be there, and a name has to be one', () => {
  const manager = setUp()
  expect(() => manager.publish('chat:general', 'x')).toThrow(/create it first/)
  expect(() => manager.subscribe('chat:general', 'ada')).toThrow(/no channel chat:general/)
  expect(() => manager.createChannel('chat:*')).toThrow(/not a channel name/)
  expect(() => manager.publish('chat general', 'x')).toThrow(/not a channel name/)
  expect(() => manager.publishToTopic('a*', 'x')).toThrow(/not a pattern/)
  expect(() => manager.subscribe('chat:#:x', 'ada')).toThrow(/not a pattern/)
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

it('calls back for the next message after a callback threw, and ends with the channel', async () => {
  const errors: unknown[] = []
  const manager = new ChannelManager({ reportError: (error) => errors.push(error) })
  manager.createChannel('events')
  const received: string[] = []
  const handling = manager.subscribeAsync('events', 'worker-1', async (message) => {
    received.push(message)
    if (message === 'bad') throw new Error('no')
  })
  for (const message of ['bad', 'good']) manager.publish('events', message)
  manager.removeChannel('events')
  await handling
  expect(received).toEqual(['bad', 'good'])
  expect(errors).toHaveLength(1)
})

it('calls back not at all for who was aborted before, and no more once aborted', async () => {
  const manager = setUp('events')
  const received: string[] = []
  const receive = (message: string) => void received.push(message)
  await manager.subscribeAsync('events', 'early', receive, { signal: AbortSignal.abort() })
  const abort = new AbortController()
  const handling = manager.subscribeAsync('events', 'w', receive, { signal: abort.signal })
  manager.publish('events', 'handed out, and aborted before it was called back with')
  abort.abort()
  await handling
  expect(received).toEqual([])
  expect(manager.getStats('events').subscriberCount).toBe(0)
  await expect(manager.subscribeAsync('none', 'w', receive)).rejects.toThrow(/create it first/)
})
