import { FakeClock } from '@coterie/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PresenceTracker } from './presence-tracker.ts'

const LOBBY = 'room:lobby'

function setUp() {
  const clock = new FakeClock()
  return { clock, tracker: new PresenceTracker(clock) }
}

it('tells who is where, and since when', () => {
  const { tracker, clock } = setUp()
  tracker.track(LOBBY, 'ada', { name: 'Ada', status: 'online' })
  tracker.track(LOBBY, 'bob', { name: 'Bob' })
  expect(tracker.list(LOBBY).map(({ clientId }) => clientId)).toEqual(['ada', 'bob'])
  expect(tracker.get(LOBBY, 'ada')).toMatchObject({ joinedAt: clock.now() })
  expect(tracker.get(LOBBY, 'eve')).toBeNull()
  expect(tracker.count(LOBBY)).toBe(2)
  expect(tracker.listAsDicts(LOBBY)[1]).toEqual({
    client_id: 'bob',
    metadata: { name: 'Bob' },
    joined_at: '2026-01-01T00:00:00.000Z',
    last_seen: '2026-01-01T00:00:00.000Z',
  })
})

it('replaces what a client shows, and keeps since when it is there', async () => {
  const { tracker, clock } = setUp()
  const { joinedAt } = tracker.track(LOBBY, 'ada', { a: 1, b: 2 })
  await clock.advance(10)
  expect(tracker.update(LOBBY, 'ada', { a: 2 })).toBe(true)
  expect(tracker.get(LOBBY, 'ada')).toMatchObject({ metadata: { a: 2 }, joinedAt })
  expect(tracker.update(LOBBY, 'eve', {})).toBe(false)
})

it('takes a client out of one channel or of all', () => {
  const { tracker } = setUp()
  for (const channel of ['a', 'b', 'c']) tracker.track(channel, 'ada')
  expect(tracker.untrack('a', 'ada')).toBe(true)
  expect(tracker.untrack('a', 'ada')).toBe(false)
  expect(tracker.untrackAll('ada')).toEqual(['b', 'c'])
})

it('evicts who was not seen for so long, whatever the wall clock does', async () => {
  const { tracker, clock } = setUp()
  tracker.track(LOBBY, 'ada')
  tracker.track(LOBBY, 'bob')
  clock.jumpWallClock(86_400_000)
  expect(tracker.evictStale(60)).toEqual([])
  await clock.advance(59_000)
  expect(tracker.touch(LOBBY, 'bob')).toBe(true)
  await clock.advance(1_000)
  expect(tracker.evictStale(60)).toEqual([[LOBBY, 'ada']])
  expect(tracker.count(LOBBY)).toBe(1)
})

it('keeps what a client shows as it was given', () => {
  const { tracker } = setUp()
  const metadata = JSON.parse('{"status":"online","__proto__":{"isAdmin":true}}')
  tracker.track(LOBBY, '__proto__', metadata)
  tracker.flushDiff(LOBBY)
  metadata.status = 'away'
  expect(tracker.get(LOBBY, '__proto__')?.metadata.status).toBe('online')
  tracker.update(LOBBY, '__proto__', metadata)
  expect(tracker.flushDiff(LOBBY).updates).toMatchObject([{ metadata: { status: 'away' } }])
  expect(JSON.stringify(tracker.listAsDicts(LOBBY)[0]?.metadata)).toBe(
    '{"status":"away","__proto__":{"isAdmin":true}}',
  )
  expect(tracker.untrackAll('__proto__')).toEqual([LOBBY])
})

it('evicts from every channel, who was seen longest ago first', async () => {
  const { tracker, clock } = setUp()
  tracker.track('a', 'ada')
  await clock.advance(1_000)
  tracker.track('b', 'ada')
  tracker.track('a', 'bob')
  await clock.advance(1_000)
  tracker.touch('a', 'ada')
  await clock.advance(58_500)
  expect(tracker.evictStale(59.5)).toEqual([
    ['b', 'ada'],
    ['a', 'bob'],
  ])
  expect(tracker.evictStale(59.5)).toEqual([])
  expect(tracker.touch('b', 'ada')).toBe(false)
})

describe('differences', () => {
  it('hold who came, changed and left since the last question', () => {
    const { tracker } = setUp()
    tracker.track(LOBBY, 'bob')
    tracker.track(LOBBY, 'eve', { status: 'online' })
    tracker.flushDiff(LOBBY)
    tracker.track(LOBBY, 'ada', { name: 'Ada' })
    tracker.untrack(LOBBY, 'bob')
    tracker.update(LOBBY, 'eve', { status: 'away' })
    const diff = tracker.diffAsDict(LOBBY)
    expect(diff).toMatchObject({
      joins: [{ client_id: 'ada', metadata: { name: 'Ada' } }],
      updates: [{ client_id: 'eve', metadata: { status: 'away' } }],
      leaves: ['bob'],
    })
    expect(tracker.flushDiff(LOBBY).hasChanges()).toBe(false)
  })

  it('count tracking twice as one join, and leave out who came and went', () => {
    const { tracker } = setUp()
    tracker.flushDiff(LOBBY)
    tracker.track(LOBBY, 'ada')
    tracker.track(LOBBY, 'ada')
    tracker.track(LOBBY, 'bob')
    tracker.untrack(LOBBY, 'bob')
    tracker.touch(LOBBY, 'ada')
    const { joins, leaves } = tracker.flushDiff(LOBBY)
    expect(joins.map(({ clientId }) => clientId)).toEqual(['ada'])
    expect(leaves).toEqual([])
  })

  it('leave out who left and came back, unless they show something else', () => {
    const { tracker } = setUp()
    tracker.track(LOBBY, 'ada', { status: 'online' })
    tracker.track(LOBBY, 'bob', { status: 'online' })
    tracker.flushDiff(LOBBY)
    tracker.untrackAll('ada')
    tracker.track(LOBBY, 'ada', { status: 'online' })
    tracker.untrack(LOBBY, 'bob')
    tracker.track(LOBBY, 'bob', { status: 'away' })
    const { joins, updates, leaves } = tracker.flushDiff(LOBBY)
    expect([joins, leaves]).toEqual([[], []])
    expect(updates).toMatchObject([{ clientId: 'bob', metadata: { status: 'away' } }])
  })

  it('begin with everyone for a consumer that asks for the first time, or again', () => {
    const { tracker } = setUp()
    expect(tracker.flushDiff('nowhere').hasChanges()).toBe(false)
    tracker.track(LOBBY, 'ada')
    tracker.flushDiff(LOBBY, 'dashboard')
    expect(tracker.flushDiff(LOBBY).joins).toHaveLength(1)
    tracker.endDiff(LOBBY, 'dashboard')
    tracker.track(LOBBY, 'bob')
    expect(tracker.flushDiff(LOBBY, 'dashboard').joins).toHaveLength(2)
    expect(tracker.flushDiff(LOBBY).joins).toHaveLength(1)
  })

  it('hold the leaves of a channel that has emptied', () => {
    const { tracker } = setUp()
    tracker.track(LOBBY, 'ada')
    tracker.flushDiff(LOBBY)
    tracker.untrack(LOBBY, 'ada')
    expect(tracker.flushDiff(LOBBY).leaves).toEqual(['ada'])
    tracker.track(LOBBY, 'bob')
    expect(tracker.diffAsDict(LOBBY)).toMatchObject({
      joins: [{ client_id: 'bob' }],
      updates: [],
      leaves: [],
    })
  })

  it('are kept for each consumer apart, and lead each to who is there', () => {
    const client = fc.constantFrom('ada', 'bob', 'eve')
    const step = fc.oneof(
      fc.record({ kind: fc.constant('track' as const), client, status: fc.nat(2) }),
      fc.record({ kind: fc.constant('untrack' as const), client }),
      fc.record({ kind: fc.constant('flush' as const), consumer: fc.constantFrom('x', 'y') }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { tracker } = setUp()
        const known = new Map<string, Map<string, unknown>>()
        const flush = (consumer: string): void => {
          const view = known.get(consumer) ?? new Map<string, unknown>()
          known.set(consumer, view)
          const { joins, updates, leaves } = tracker.flushDiff(LOBBY, consumer)
          for (const { clientId } of joins) expect(view.has(clientId)).toBe(false)
          for (const { clientId } of updates) expect(view.has(clientId)).toBe(true)
          for (const clientId of leaves) expect(view.delete(clientId)).toBe(true)
          for (const { clientId, metadata } of [...joins, ...updates]) view.set(clientId, metadata)
          const present = tracker.list(LOBBY).map(({ clientId, metadata }) => [clientId, metadata])
          expect(Object.fromEntries(view)).toEqual(Object.fromEntries(present))
        }
        for (const each of steps) {
          if (each.kind === 'track') tracker.track(LOBBY, each.client, { status: each.status })
          else if (each.kind === 'untrack') tracker.untrack(LOBBY, each.client)
          else flush(each.consumer)
        }
        flush('x')
        flush('y')
      }),
    )
  })
})
