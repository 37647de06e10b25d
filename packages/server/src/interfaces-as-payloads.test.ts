import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'
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
