import { expect, it } from 'vitest'
import { judgeInbox, judgeRepeats, type SeenInbox } from './judge-inbox.ts'

const item = (title: string, createdAtMs: number) => ({ title, createdAtMs })

const good: SeenInbox = {
  user: 'ada',
  asked: ['n1', 'n2', 'n3'],
  read: new Set(['n1']),
  listed: [item('n3', 30), item('n2', 20), item('n1', 10)],
  shown: new Set(['n2', 'n3']),
  unreadCount: 2,
  sent: ['n1', 'n3', 'n2', 'n2'],
}

it('finds nothing wrong where all is there, was shown and was sent', () => {
  expect(judgeInbox(good)).toEqual([])
})

it.each([
  ['a dropped item', { listed: [item('n3', 30), item('n1', 10)] }, 'the inbox of ada has'],
  [
    'a doubled item',
    { listed: [item('n3', 30), item('n3', 30), item('n2', 20), item('n1', 10)] },
    'the inbox of ada has',
  ],
  [
    'swapped items',
    { listed: [item('n2', 20), item('n3', 30), item('n1', 10)] },
    'has n3 behind n2, which is older',
  ],
  [
    'an item that nobody asked for',
    { listed: [item('x', 40), ...good.listed] },
    'the inbox of ada has',
  ],
  ['a wrong count of unread', { unreadCount: 3 }, 'ada was told of unread 3; right is 2'],
  ['no count of unread', { unreadCount: undefined }, 'ada was told of unread 0; right is 2'],
  ['what was not shown', { shown: new Set(['n2']) }, 'ada was never shown n3'],
  ['what was not sent', { sent: ['n1', 'n2'] }, 'ada was never sent n3'],
  [
    'what somebody else was to be shown',
    { shown: new Set(['n2', 'n3', 'y']) },
    'nobody asked to tell ada of y',
  ],
  [
    'what somebody else was to be sent',
    { sent: ['n1', 'n2', 'n3', 'z'] },
    'nobody asked to tell ada of z',
  ],
])('names %s', (_, change: Partial<SeenInbox>, fault) => {
  expect(judgeInbox({ ...good, ...change }).join('\n')).toContain(fault)
})

it('lets be sent again what was interrupted, and nothing else', () => {
  expect(judgeRepeats(['ada n1', 'bob n1', 'ada n1'], 1)).toEqual([])
  expect(judgeRepeats(['ada n1', 'bob n1', 'ada n1'], 0)).toEqual([
    'sent 3 times, 2 at most is right',
  ])
})
