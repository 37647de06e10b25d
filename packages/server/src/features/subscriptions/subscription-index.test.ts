import type { JsonValue } from '@coterie/protocol'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonText } from '../../ports/engine.ts'
import type { JsonObject } from '../../ports/subscription-repository.ts'
import { documentOf } from './event-document.ts'
import { Subscription } from './subscription.ts'
import { SubscriptionIndex } from './subscription-index.ts'
import { testSubscription } from './test-subscription.ts'

let index: SubscriptionIndex

beforeEach(() => {
  index = new SubscriptionIndex()
})

function topic(channel: string, payload: JsonValue = {}, nowMs = 0): string[] {
  const document = documentOf(channel, 'update', JSON.stringify(payload) as JsonText)
  return ids(index.matchTopic(document, nowMs))
}

function resource(type: string, id: string, payload: JsonValue = {}): string[] {
  const document = { ...documentOf(`${type}:${id}`, 'update', '{}' as JsonText) }
  const described = { ...document, resource_type: type, resource_id: id, payload }
  return ids(index.matchResource(type, id, described, 0))
}

function ids(found: readonly { readonly stored: { readonly id: string } }[]): string[] {
  return found.map(({ stored }) => stored.id).sort()
}

describe('the index of subscriptions', () => {
  it('finds a resource by its type and its id, wherever one ends', () => {
    index.set(testSubscription({ id: 'a', resourceType: 'post', resourceId: '789' }))
    index.set(testSubscription({ id: 'b', resourceType: 'post7', resourceId: '89' }))
    index.set(testSubscription({ id: 'c', resourceType: 'comment', resourceId: '789' }))
    expect(resource('post', '789')).toEqual(['a'])
    expect(resource('post7', '89')).toEqual(['b'])
    expect(resource('pos', 't789')).toEqual([])
  })

  it('finds all resources of a type, and queries over those and over all', () => {
    index.set(testSubscription({ id: 'a', resourceType: 'post' }))
    index.set(testSubscription({ id: 'b', resourceType: 'post', query: { action: 'delete' } }))
    index.set(testSubscription({ id: 'c', query: { 'payload.price': { $gt: 5 } } }))
    expect(resource('post', '1')).toEqual(['a'])
    expect(resource('car', '1', { price: 6 })).toEqual(['c'])
    expect(topic('post:1', { price: 6 })).toEqual([])
  })

  it('finds topics by name and by pattern', () => {
    index.set(testSubscription({ id: 'a', topic: 'orders:eu:1' }))
    index.set(testSubscription({ id: 'b', topic: 'orders:*:1' }))
    index.set(testSubscription({ id: 'c', topic: 'orders:#' }))
    expect(topic('orders:eu:1')).toEqual(['a', 'b', 'c'])
    expect(topic('orders:us')).toEqual(['c'])
    expect(resource('orders', 'eu:1')).toEqual([])
  })

  it('looks at the payload, once and by every value that a list names', () => {
    const payloadFilter = { category: { $in: ['tech', 'art'] } }
    index.set(testSubscription({ id: 'a', topic: 'new-posts', payloadFilter }))
    index.set(testSubscription({ id: 'b', topic: 'new-posts', payloadFilter: { category: 'art' } }))
    expect(topic('new-posts', { category: 'tech' })).toEqual(['a'])
    expect(topic('new-posts', { category: ['art', 'tech'] })).toEqual(['a', 'b'])
    expect(topic('new-posts', 'tech')).toEqual([])
  })

  it('finds those alone that are active and not past their time', () => {
    index.set(testSubscription({ id: 'a', topic: 'news', expiresAtMs: 10 }))
    index.set(testSubscription({ id: 'b', topic: 'news', status: 'paused' }))
    expect(topic('news', {}, 9)).toEqual(['a'])
    expect(topic('news', {}, 10)).toEqual([])
  })

  it('forgets without a trace', () => {
    const subscriptions = [
      testSubscription({ id: 'a', topic: 'news' }),
      testSubscription({ id: 'b', topic: 'news:#', payloadFilter: { k: 1, l: 2 } }),
      testSubscription({ id: 'c', topic: 'news:#', payloadFilter: { k: 1, l: 3 } }),
      testSubscription({ id: 'd', resourceType: 'post', query: { action: { $in: ['a', 'b'] } } }),
    ]
    for (const subscription of subscriptions) index.set(subscription)
    expect(index.hasTopics).toBe(true)
    for (const { id } of subscriptions) expect(index.remove(id)).toBe(true)
    expect(index.remove('a')).toBe(false)
    expect(index.hasTopics).toBe(false)
    expect(index.size).toBe(0)
    expect(topic('news:1', { k: 1, l: 3 })).toEqual([])
  })

  it('replaces what it knew of a subscription', () => {
    index.set(testSubscription({ id: 'a', topic: 'news', payloadFilter: { k: 1 } }))
    index.set(testSubscription({ id: 'a', topic: 'news', payloadFilter: { k: 2 } }))
    expect(topic('news', { k: 1 })).toEqual([])
    index.set(testSubscription({ id: 'a', topic: 'news', status: 'paused' }))
    expect(topic('news', { k: 2 })).toEqual([])
  })

  it('finds what looking at each would find, while they come and go', () => {
    const key = fc.constantFrom('k', 'l')
    const value = fc.constantFrom<JsonValue>(1, 2, '1', true, null, [1, '1'], { k: 1 })
    const wanted = fc.oneof(
      value,
      fc.record({ $in: fc.array(value, { maxLength: 3 }) }),
      fc.record({ $ne: value }),
    )
    const filter: fc.Arbitrary<JsonObject> = fc.dictionary(key, wanted, { maxKeys: 2 })
    const channel = fc.constantFrom('a:b', 'a:*', 'a:#', '#', 'c')
    const step = fc.record({
      id: fc.constantFrom('s1', 's2', 's3', 's4', 's5'),
      change: fc.option(fc.record({ topic: channel, payloadFilter: filter }), { freq: 4 }),
    })
    const payload = fc.dictionary(key, value, { maxKeys: 2 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), payload, (steps, given) => {
        index = new SubscriptionIndex()
        const model = new Map<string, Subscription>()
        for (const { id, change } of steps) {
          if (change) {
            const stored = testSubscription({ id, ...change })
            index.set(stored)
            model.set(id, new Subscription(stored))
          } else {
            index.remove(id)
            model.delete(id)
          }
        }
        for (const name of ['a:b', 'c']) {
          const event = { channel: name, payload: given }
          const expected = [...model.values()].filter((each) => each.matchesEvent(event))
          expect(topic(name, given)).toEqual(expected.map(({ id }) => id).sort())
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
