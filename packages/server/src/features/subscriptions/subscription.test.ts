import { FakeClock } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { SubscriptionId, UserId } from '../../entity-ids.ts'
import { SubscriptionStatus, SubscriptionType } from '../../named-values.ts'
import { type DescribedEvent, describeSubscription, Subscription } from './subscription.ts'
import type { SubscriptionFields } from './subscription-fields.ts'
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

describe('a subscription of plain fields', () => {
  const plain: SubscriptionFields = {
    id: 'subscription-123',
    userId: 'user-456',
    type: 'resource',
    resourceId: 'post-789',
    resourceType: 'post',
  }

  it('matches, takes labels, and matches nothing while it is paused', () => {
    const subscription = new Subscription({
      id: SubscriptionId('subscription-123'),
      userId: UserId('user-456'),
      type: SubscriptionType.RESOURCE,
      resourceId: 'post-789',
      resourceType: 'post',
    })
    const event = { resource_id: 'post-789', action: 'update' }
    expect(subscription.isActive()).toBe(true)
    expect(subscription.matchesEvent(event)).toBe(true)
    subscription.addLabel('important')
    expect(subscription.labels).toEqual(['important'])
    subscription.updateStatus(SubscriptionStatus.PAUSED)
    expect(subscription.isActive()).toBe(false)
    expect(subscription.matchesEvent(event)).toBe(false)
    expect(subscription).toMatchObject({
      id: 'subscription-123',
      userId: 'user-456',
      type: 'resource',
      status: 'paused',
      resourceId: 'post-789',
      resourceType: 'post',
      topic: null,
      query: null,
      payloadFilter: null,
      metadata: {},
      expiresAtMs: null,
    })
  })

  it.each<[string, object, DescribedEvent]>([
    ['a type', { type: 'resource_type', resourceId: null }, { resource_type: 'post' }],
    [
      'a topic',
      { type: 'topic', resourceId: null, resourceType: null, topic: 'new:*' },
      { channel: 'new:posts' },
    ],
    [
      'a query',
      { type: 'query', resourceId: null, query: { action: 'update' } },
      { resource_type: 'post', action: 'update' },
    ],
  ])('can be to %s', (_, more, event) => {
    const subscription = new Subscription({ ...plain, ...more } as SubscriptionFields)
    expect(subscription.matchesEvent(event)).toBe(true)
    expect(subscription.matchesEvent({ action: 'nothing' })).toBe(false)
  })

  it('gets an id and the defaults, and expires by the clock', () => {
    const clock = new FakeClock(1_000)
    const { id: _, ...nameless } = plain
    const subscription = new Subscription({ ...nameless, expiresAtMs: 2_000 }, clock)
    expect(describeSubscription(subscription)).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      user_id: 'user-456',
      type: 'resource',
      status: 'active',
      created_at: '1970-01-01T00:00:01.000Z',
      updated_at: '1970-01-01T00:00:01.000Z',
      expires_at: '1970-01-01T00:00:02.000Z',
      resource_id: 'post-789',
      resource_type: 'post',
      topic: null,
      query: null,
      labels: [],
      metadata: {},
    })
    clock.jumpWallClock(1_000)
    expect(subscription.isActive()).toBe(false)
    expect(subscription.matchesEvent({ resource_id: 'post-789' })).toBe(false)
  })

  it.each<[string, object, RegExp]>([
    ['no user', { userId: undefined }, /^user_id: expected 1–200 characters/],
    ['no type', { type: undefined }, /^type: expected one of resource, resource_type, /],
    ['no resource', { resourceId: undefined }, /^resource_id: /],
    ['no topic', { type: 'topic' }, /^topic: expected the name of a channel/],
    ['a bad filter', { type: 'query', query: { $or: 1 } }, /^query: /],
    ['an unknown status', { status: 'asleep' }, /^status: expected one of active, /],
    ['bad labels', { labels: 'important' }, /^labels: expected a list/],
    ['a bad id', { id: '' }, /^id: /],
    ['a bad time', { createdAtMs: Number.NaN }, /^created_at: expected a time$/],
  ])('with %s is refused in one sentence', (_, wrong, message) => {
    expect(() => new Subscription({ ...plain, ...wrong } as SubscriptionFields)).toThrow(message)
  })

  it('refuses an unknown status, an empty label and too many labels', () => {
    const subscription = new Subscription(plain)
    expect(() => subscription.updateStatus('asleep' as never)).toThrow(/^status: /)
    expect(() => subscription.addLabel('')).toThrow(/^labels: expected 1–100 characters/)
    for (let n = 0; n < 20; n += 1) subscription.addLabel(String(n))
    expect(() => subscription.addLabel('one more')).toThrow(
      /^labels: expected a list of at most 20/,
    )
    expect(subscription.status).toBe('active')
  })
})

it.each([undefined, null, 'text', 7, []])(
  'refuses %j in the place of the fields of a subscription',
  (given) => {
    expect(() => new Subscription(given as never)).toThrow(
      'subscription: expected an object of its fields',
    )
  },
)
