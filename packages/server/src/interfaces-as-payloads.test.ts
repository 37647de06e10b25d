import { createTestHub, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { RealtimeEvent } from './core/server-publisher.ts'
import { Message } from './features/connections/message.ts'
import { createEphemeralEvent } from './features/ephemeral/create-ephemeral-event.ts'
import { Subscription } from './features/subscriptions/subscription.ts'
import { ChannelManager } from './local/channel-manager.ts'
import { PresenceTracker } from './local/presence-tracker.ts'
import { RealtimeBroadcast } from './local/realtime-broadcast.ts'

interface Stroke {
  readonly points: readonly number[]
  color?: string
  readonly at: Date
}

const stroke: Stroke = { points: [1, 2], at: new Date(0) }
const sent = { points: [1, 2], at: '1970-01-01T00:00:00.000Z' }

async function createWorld() {
  const world = await createTestHub({
    users: ['ada'],
    channels: { 'room:*': { state: true, presence: true } },
  })
  await world.ada.subscribe('room:1', { state: true })
  return world
}

it('publishes an interface as the server, whose dates arrive as text', async () => {
  const { hub, ada } = await createWorld()
  await hub.publish('room:1', 'stroke', stroke)
  expect(await ada.sees('event', { event: 'stroke' })).toMatchObject({ payload: sent })
  // @ts-expect-error the types refuse what JSON cannot carry
  expect(await hub.publish('room:1', 'stroke', { points: new Set([1]) })).toMatchObject({
    error: { code: 'invalid_payload' },
  })
})

it('changes state, signals and sends messages by interfaces', async () => {
  const { hub, ada, clock } = await createWorld()
  await hub.state.change('room:1', { set: stroke })
  expect(await hub.state.read('room:1')).toMatchObject({ value: { value: sent } })
  await hub.ephemeral.publishReaction('1', 'bob', stroke)
  await hub.ephemeral.publishCustom('1', 'bob', stroke)
  await hub.ephemeral.publishTyping('1', 'bob', true, stroke)
  hub.webSockets.broadcastMessage('stroke', stroke)
  await clock.settle()
  expect(await ada.sees('message', { event: 'stroke' })).toMatchObject({ payload: sent })
  expect(await ada.sees('ephemeral', { event_type: 'reaction' })).toMatchObject({ data: sent })
})

it('answers triggers and messages with interfaces', async () => {
  const { hub, ada } = await createWorld()
  hub.trigger('room:{id}', 'draw', async ({ publish, replace }) => {
    await publish('room:1', 'drawn', stroke)
    replace(stroke)
    return stroke
  })
  hub.onMessage(() => stroke)
  const reply = await ada.request({ type: 'publish', channel: 'room:1', event: 'draw', payload: 1 })
  expect(reply).toMatchObject({ result: sent })
  expect(await ada.request({ type: 'message', payload: 1 })).toEqual(sent)
})

it('notifies and subscribes with interfaces as data', async () => {
  const { hub } = await createWorld()
  const made = await hub.notifications.create({
    title: 'A stroke',
    message: '',
    recipients: ['ada'],
    metadata: stroke,
    actions: [{ label: 'View', action: 'view', data: stroke }],
  })
  expect(made).toMatchObject({
    ok: true,
    value: { content: { metadata: sent, actions: [{ data: sent }] } },
  })
  const subscribed = await hub.subscriptions.createResourceTypeSubscription({
    userId: 'ada',
    resourceType: 'stroke',
    metadata: stroke,
  })
  expect(subscribed.ok && subscribed.value.stored.metadata).toEqual(sent)
  await hub.rooms.create('board', { metadata: stroke })
})

it('sends events and messages that are made of interfaces', async () => {
  const { hub, ada } = await createWorld()
  const event: RealtimeEvent = { channel: 'room:1', event: 'stroke', data: stroke }
  await hub.realtimeEvent(event)
  expect(await ada.sees('event', { event: 'stroke' })).toMatchObject({ payload: sent })
  expect(new Message({ payload: stroke }).payload).toEqual(sent)
  const fields = { roomId: '1', type: 'custom', userId: 'ada' } as const
  expect(createEphemeralEvent({ ...fields, data: stroke }).data).toEqual(sent)
  // @ts-expect-error the types refuse what JSON cannot carry
  expect(() => new Message({ payload: new Map() })).toThrow(/^payload/)
  // @ts-expect-error the types refuse what JSON cannot carry
  expect(() => createEphemeralEvent({ ...fields, data: new Map() })).toThrow(/^data/)
})

interface Since {
  readonly at: { readonly $gte: Date }
  color?: string
}

it('filters by interfaces, whose dates are compared as text', async () => {
  const { hub } = await createWorld()
  const since: Since = { at: { $gte: new Date(0) } }
  const kept = { at: { $gte: '1970-01-01T00:00:00.000Z' } }
  const filtered = await hub.subscriptions.createResourceTypeSubscription({
    userId: 'ada',
    resourceType: 'stroke',
    payloadFilter: since,
  })
  expect(filtered.ok && filtered.value.payloadFilter).toEqual(kept)
  const asked = await hub.subscriptions.createQuerySubscription({
    userId: 'ada',
    query: since,
    resourceType: 'stroke',
  })
  expect(asked.ok && asked.value.query).toEqual(kept)
  const emitted = { resourceType: 'stroke', resourceId: '7', action: 'draw', payload: stroke }
  expect(await hub.subscriptions.emit(emitted)).toMatchObject({ ok: true, value: { matched: 1 } })

  const own = new Subscription({
    userId: 'ada',
    type: 'query',
    query: { resource_type: 'stroke' },
    payloadFilter: since,
  })
  const earlier: Stroke = { ...stroke, at: new Date(-1) }
  const seen = { resource_type: 'stroke', resource_id: '7' }
  expect(own.matchesEvent({ ...seen, payload: stroke })).toBe(true)
  expect(own.matchesEvent({ ...seen, payload: earlier })).toBe(false)
  // @ts-expect-error the types refuse what JSON cannot carry
  expect(own.matchesEvent({ ...seen, payload: new Map() })).toBe(false)
})

interface Profile {
  readonly role: string
  name?: string
}

it('knows users by interfaces as their profile', async () => {
  const profile: Profile = { role: 'editor' }
  const { connect } = await createTestHub({
    channels: { 'room:*': { subscribe: ({ principal }) => principal.profile === profile } },
  })
  const ada = await connect('ada', 0, testPrincipal('ada', { profile }))
  await ada.subscribe('room:1')
  await ada.publish('room:1', 'stroke', stroke)
})

it('takes interfaces in the classes that stand alone', () => {
  const channels = new ChannelManager()
  channels.createChannel('room:1', { metadata: stroke })
  channels.publishJson('room:1', stroke)
  const presence = new PresenceTracker()
  presence.track('room:1', 'ada', stroke)
  presence.update('room:1', 'ada', stroke)
  const broadcast = new RealtimeBroadcast()
  broadcast.create('strokes')
  broadcast.sendJson('strokes', stroke)
  expect(presence.get('room:1', 'ada')?.metadata).toEqual(sent)
})
