import type { JsonValue, SubscriptionId, UserId } from '@coterie/protocol'
import { createTestHub, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import { createFilterFigures } from '../../core/filter-figures.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { JsonObject, StoredSubscription } from '../../ports/subscription-repository.ts'
import { FILTER_BOUNDS, type FilterBounds } from './filtered-event.ts'
import { SubscriptionIndex } from './subscription-index.ts'

/** An array that fills a frame, and a filter as long as filters may be. */
const LONG = Array.from({ length: 31_000 }, () => 1)
const anyOf = (path: (index: number) => string): JsonObject => ({
  $or: Array.from({ length: 62 }, (_, index) => ({ [path(index)]: { $gt: index + 2 } })),
})

function stored(id: number, userId: string, payloadFilter: JsonObject): StoredSubscription {
  return {
    id: String(id) as SubscriptionId,
    userId: userId as UserId,
    type: 'topic',
    status: 'active',
    createdAtMs: 0,
    updatedAtMs: 0,
    expiresAtMs: null,
    resourceId: null,
    resourceType: null,
    topic: 'posts',
    query: null,
    payloadFilter,
    labels: [],
    metadata: {},
    isVouched: true,
  }
}

function createIndex(bounds?: FilterBounds) {
  const figures = createFilterFigures()
  const index = new SubscriptionIndex(figures, bounds)
  let added = 0
  const add = (userId: string, filter: JsonObject, times = 1): void => {
    for (let count = 0; count < times; count += 1) index.set(stored(++added, userId, filter))
  }
  const match = (payload: JsonValue): string[] => {
    const document = { channel: 'posts', event: 'e', action: 'e', payload }
    return index.matchTopic(document, 0).map((item) => item.stored.userId)
  }
  return { figures, add, match }
}

it('reads what is at a path once for all filters', () => {
  const { figures, add, match } = createIndex()
  add(
    'ada',
    anyOf(() => 'list'),
    300,
  )
  expect(match({ list: LONG })).toEqual([])
  // Once to find the values, twice to arrange them; then a look-up for each condition.
  expect(figures.steps).toBeLessThan(4 * LONG.length + 3 * 300 * 62)
})

it('bounds what the filters of one user cost an event, and tests those of others', () => {
  const { figures, add, match } = createIndex()
  for (let index = 0; index < 300; index += 1)
    add(
      'eve',
      anyOf((at) => `list.${index}-${at}`),
    )
  add('bob', { count: { $gte: 1 } })
  add('cleo', { kind: 'post' })
  expect(match({ list: LONG, count: 1, kind: 'post' })).toEqual(['cleo', 'bob'])
  expect(figures.steps).toBeLessThan(FILTER_BOUNDS.perUser + LONG.length + 100)
  expect(figures.spent).toBeGreaterThan(290)
})

it('bounds what the values cost that filters are looked up by', () => {
  const { figures, add, match } = createIndex()
  for (let index = 0; index < 1_000; index += 1) add('eve', { [`list.a${index}`]: 1 })
  add('bob', { count: { $gte: 1 } })
  expect(match({ list: LONG, count: 1 })).toEqual(['bob'])
  expect(figures.steps).toBeLessThan(2 * (FILTER_BOUNDS.perUser + LONG.length) + 3_000)
})

it('bounds what the filters of all users together cost an event', () => {
  const { figures, add, match } = createIndex({ perUser: 1_000, perEvent: 5_000 })
  for (let user = 0; user < 100; user += 1)
    add(
      `eve-${user}`,
      anyOf((at) => `a.${user}-${at}`),
    )
  expect(match({ a: Array.from({ length: 500 }, () => ({})) })).toEqual([])
  expect(figures.steps).toBeLessThan(7_000)
  expect(figures.spent).toBe(100)
})

it('tests the cheap filter of a user though many others spend the steps of an event', () => {
  const { figures, add, match } = createIndex()
  for (let user = 0; user < 40; user += 1) {
    for (let path = 0; path < 4; path += 1)
      add(
        `eve-${user}`,
        anyOf((at) => `list.${user}-${path}-${at}`),
      )
  }
  add('ada', { count: { $gte: 1 } })
  expect(match({ list: LONG, count: 1 })).toEqual(['ada'])
  expect(figures.steps).toBeLessThan(FILTER_BOUNDS.perEvent + 41 * (FILTER_BOUNDS.perUser / 100))
  expect(figures.spent).toBeGreaterThan(100)
})

it.each<[JsonObject]>([
  [{ list: { $ne: 2 } }],
  [{ $not: { list: 2 } }],
  [{ list: { $not: { $gt: 5 } } }],
  [{ list: { $nin: [2, 3] } }],
  [{ 'list.a': { $exists: false } }],
  [{ list: { $ne: { a: 1 } } }],
  [{ 'list.a': null }],
])('a filter whose steps are spent does not match, nor does its opposite: %j', (filter) => {
  const whole = createIndex()
  whole.add('ada', filter)
  expect(whole.match({ list: LONG })).toEqual(['ada'])
  const spent = createIndex({ perUser: 1_000, perEvent: 10_000 })
  spent.add('ada', filter)
  spent.add('bob', {})
  expect(spent.match({ list: LONG })).toEqual(['bob'])
  expect(spent.figures.spent).toBe(1)
})

it('what a user stored and published costs the hub no more than its bounds', async () => {
  const { hub, connect } = await createTestHub({ channels: { open: { publish: 'authenticated' } } })
  const eve = await connect('eve')
  for (let index = 0; index < 40; index += 1) {
    const request = { userId: 'eve', topic: 'open', payloadFilter: anyOf((at) => `${index}-${at}`) }
    const made = await hub.subscriptions.createTopicSubscription(request, testPrincipal('eve'))
    expect(made.ok).toBe(true)
  }
  await eve.publish('open', 'e', LONG)
  const { steps, spent } = hub.figures().filters
  expect(steps).toBeLessThan(FILTER_BOUNDS.perUser + LONG.length + 1_000)
  expect(spent).toBeGreaterThan(30)
})

it('says once a minute in the log for which channel steps did not suffice, and for how many', async () => {
  const warnings: object[] = []
  const logger: Logger = { ...silentLogger, warn: (fields) => warnings.push(fields) }
  const channels = { 'open:*': { publish: 'authenticated' } } as const
  const { hub, clock, connect } = await createTestHub({ channels, logger })
  const eve = await connect('eve')
  for (let index = 0; index < 40; index += 1) {
    await hub.subscriptions.createTopicSubscription({
      userId: 'eve',
      topic: 'open:*',
      payloadFilter: anyOf((at) => `${index}-${at}`),
    })
  }
  await eve.publish('open:1', 'e', LONG)
  const { spent } = hub.figures().filters
  expect(warnings).toEqual([{ channel: 'open:1', filters: spent, filters_of_others: 0 }])
  for (let n = 0; n < 20; n += 1) await eve.publish('open:2', 'e', LONG)
  expect(warnings).toHaveLength(1)
  await clock.advance(60_000)
  await eve.publish('open:3', 'e', LONG)
  expect(warnings.slice(1)).toEqual([
    { channel: 'open:3', filters: spent, filters_of_others: 20 * spent },
  ])
})
