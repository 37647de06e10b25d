import { expect, it } from 'vitest'
import { BackpressurePolicy, RealtimeBroadcast } from './realtime-broadcast.ts'

it('sends to all who listen and says to how many', () => {
  const broadcast = new RealtimeBroadcast()
  expect(broadcast.create('alerts', { bufferSize: 128 })).toBe(true)
  expect(broadcast.create('alerts')).toBe(false)
  const subscriber = broadcast.subscribe('alerts')
  expect(broadcast.send('alerts', 'CPU high')).toBe(1)
  expect(broadcast.sendJson('alerts', { type: 'info' })).toBe(1)
  expect(subscriber.drain()).toEqual(['CPU high', '{"type":"info"}'])
})

it('is silent where nobody listens, unless the policy is to throw', () => {
  const broadcast = new RealtimeBroadcast()
  broadcast.create('quiet')
  broadcast.create('critical', { policy: BackpressurePolicy.Error })
  expect(broadcast.send('quiet', 'x')).toBe(0)
  expect(() => broadcast.send('critical', 'x')).toThrow(/nobody listens to critical/)
  const subscriber = broadcast.subscribe('critical')
  expect(broadcast.send('critical', 'x')).toBe(1)
  broadcast.unsubscribe(subscriber)
  expect(() => broadcast.send('critical', 'x')).toThrow()
})

it('lets who is too slow miss the oldest, and counts it, also once they are gone', () => {
  const broadcast = new RealtimeBroadcast()
  broadcast.create('alerts', { bufferSize: 2 })
  const subscriber = broadcast.subscribe('alerts')
  for (const n of [1, 2, 3, 4, 5]) broadcast.send('alerts', String(n))
  expect(subscriber.drain()).toEqual(['4', '5'])
  expect(broadcast.stats('alerts')).toMatchObject({ totalSent: 5, totalDropped: 3 })
  broadcast.unsubscribe(subscriber)
  expect(broadcast.stats('alerts').totalDropped).toBe(3)
})

it('skips repeated ids of the last so many, also where one message goes to many channels', () => {
  const broadcast = new RealtimeBroadcast()
  broadcast.create('events', { dedupEnabled: true, dedupWindow: 2 })
  broadcast.create('plain')
  const subscriber = broadcast.subscribe('events')
  broadcast.send('events', 'A', 'evt-1')
  expect(broadcast.send('events', 'A again', 'evt-1')).toBe(0)
  broadcast.send('events', 'B', 'evt-2')
  expect(broadcast.sendMany(['events', 'plain'], 'B again', 'evt-2')).toEqual({
    events: 0,
    plain: 0,
  })
  broadcast.send('events', 'C', 'evt-3')
  broadcast.send('events', 'A once more', 'evt-1')
  expect(subscriber.drain()).toEqual(['A', 'B', 'C', 'A once more'])
  expect(broadcast.stats('events')).toMatchObject({ totalSent: 4, totalDeduped: 2 })
})

it('remembers an id only when its message was accepted', () => {
  const broadcast = new RealtimeBroadcast()
  broadcast.create('events', { dedupEnabled: true, policy: BackpressurePolicy.Error })
  expect(() => broadcast.send('events', 'A', 'evt-1')).toThrow()
  const subscriber = broadcast.subscribe('events')
  expect(broadcast.send('events', 'A', 'evt-1')).toBe(1)
  expect(subscriber.drain()).toEqual(['A'])
})

it('sends to many channels, and counts all of them together', () => {
  const broadcast = new RealtimeBroadcast()
  for (const name of ['channel-a', 'channel-b']) {
    broadcast.create(name)
    broadcast.subscribe(name)
  }
  const sent = broadcast.sendMany(['channel-a', 'channel-b'], 'Hello all!')
  expect(sent).toEqual({ 'channel-a': 1, 'channel-b': 1 })
  expect(broadcast.globalStats()).toEqual({
    totalSent: 2,
    totalDropped: 0,
    totalDeduped: 0,
    channelCount: 2,
  })
  expect(() => broadcast.sendMany(['channel-a', 'none'], 'x')).toThrow(/no channel none/)
  expect(broadcast.stats('channel-a').totalSent).toBe(1)
})

it('ends those who listen to a channel that is removed', () => {
  const broadcast = new RealtimeBroadcast()
  broadcast.create('alerts')
  const subscriber = broadcast.subscribe('alerts')
  expect(broadcast.remove('alerts')).toBe(true)
  expect(subscriber.endReason).toBe('the channel was removed')
  expect(() => broadcast.subscribe('alerts')).toThrow(/create it first/)
})

// It used to be counted until the channel was removed.
it('stops counting a subscriber that ends by itself, and keeps what it missed', () => {
  const broadcast = new RealtimeBroadcast()
  broadcast.create('alerts', { bufferSize: 1 })
  broadcast.create('critical', { policy: 'Error' })
  const rx = broadcast.subscribe('alerts')
  for (const text of ['a', 'b']) broadcast.send('alerts', text)
  rx.end('done')
  expect(broadcast.send('alerts', 'c')).toBe(0)
  expect(broadcast.stats('alerts')).toMatchObject({ totalSent: 3, totalDropped: 1 })
  expect(broadcast.unsubscribe(rx)).toBe(false)
  expect(rx.drain()).toEqual(['b'])

  broadcast.subscribe('critical').end('done')
  expect(() => broadcast.send('critical', 'important')).toThrow(/nobody listens/)
})
