import { describe, expect, it } from 'vitest'
import { type DescribedEvent, describeSubscription, Subscription } from './subscription.ts'
import { testSubscription } from './test-subscription.ts'

const resource = { type: 'resource', resourceType: 'post', resourceId: 'post-789' } as const

describe('a subscription', () => {
  it.each<[string, DescribedEvent, boolean]>([
    ['its resource', { resource_id: 'post-789', action: 'update' }, true],
    ['its resource and type', { resource_id: 'post-789', resource_type: 'post' }, true],
    ['the same id of another type', { resource_id: 'post-789', resource_type: 'page' }, false],
    ['another resource', { resource_id: 'post-1', action: 'update' }, false],
    ['no resource at all', { action: 'update' }, false],
  ])('to a resource: %s', (_, event, expected) => {
    expect(new Subscription(testSubscription(resource)).matchesEvent(event)).toBe(expected)
  })

  it.each<[string, DescribedEvent, boolean]>([
    ['the topic', { channel: 'new-posts', payload: { category: 'tech' } }, true],
    ['what its filter leaves out', { channel: 'new-posts', payload: { category: 'art' } }, false],
    ['another topic', { channel: 'old-posts', payload: { category: 'tech' } }, false],
    ['a resource', { resource_id: 'new-posts' }, false],
  ])('to a topic: %s', (_, event, expected) => {
    const payloadFilter = { category: 'tech' }
    const stored = testSubscription({ type: 'topic', topic: 'new-posts', payloadFilter })
    expect(new Subscription(stored).matchesEvent(event)).toBe(expected)
  })

  it('to a type is for every resource of it', () => {
    const stored = testSubscription({ type: 'resource_type', resourceType: 'post' })
    const subscription = new Subscription(stored)
    expect(subscription.matchesEvent({ resource_type: 'post', resource_id: '1' })).toBe(true)
    expect(subscription.matchesEvent({ resource_type: 'page', resource_id: '1' })).toBe(false)
    expect(subscription.matchesEvent({ resource_id: '1' })).toBe(false)
  })

  it('is for nothing while it is paused, and past its time', () => {
    const event = { resource_id: 'post-789' }
    const subscription = new Subscription(testSubscription({ ...resource, expiresAtMs: 5_000 }))
    expect(subscription.matchesEvent(event, 4_999)).toBe(true)
    expect(subscription.matchesEvent(event, 5_000)).toBe(false)
    expect(subscription.isActive(4_999)).toBe(true)
    expect(subscription.isActive(5_000)).toBe(false)
    subscription.updateStatus('paused', 2_000)
    expect(subscription.isActive(4_999)).toBe(false)
    expect(subscription.matchesEvent(event)).toBe(false)
    expect(subscription.stored.updatedAtMs).toBe(2_000)
  })

  it('takes a label once', () => {
    const subscription = new Subscription(testSubscription(resource))
    subscription.addLabel('important', 2_000)
    subscription.addLabel('important', 3_000)
    expect(subscription.labels).toEqual(['important'])
    expect(subscription.stored.updatedAtMs).toBe(2_000)
  })

  it('is shown with null for what it does not use', () => {
    const stored = testSubscription({ ...resource, labels: ['important'], expiresAtMs: 60_000 })
    expect(describeSubscription(new Subscription(stored))).toEqual({
      id: 's1',
      user_id: 'ada',
      type: 'resource',
      status: 'active',
      created_at: '1970-01-01T00:00:01.000Z',
      updated_at: '1970-01-01T00:00:01.000Z',
      expires_at: '1970-01-01T00:01:00.000Z',
      resource_id: 'post-789',
      resource_type: 'post',
      topic: null,
      query: null,
      labels: ['important'],
      metadata: {},
    })
    const filtered = testSubscription({ topic: 'news', payloadFilter: { category: 'tech' } })
    expect(describeSubscription(new Subscription(filtered))).toMatchObject({
      payload_filter: { category: 'tech' },
    })
  })
})
