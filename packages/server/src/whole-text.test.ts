import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { RealtimeHub } from './index.ts'

const HALF = 'a\ud800'
const notice = { title: 'Title', message: 'Message', recipients: ['ada'] }
const circle: Record<string, unknown> = {}
circle.self = circle

type Door = (hub: RealtimeHub, half: string) => unknown

const DOORS: Readonly<Record<string, Door>> = {
  'the event of publish': (hub, half) => hub.publish('room:1', half, 1),
  'the payload of publish': (hub, half) => hub.publish('room:1', 'e', { a: [half] }),
  'a name in the payload of publish': (hub, half) => hub.publish('room:1', 'e', { [half]: 1 }),
  'the message id of publish': (hub, half) => hub.publish('room:1', 'e', 1, { messageId: half }),
  'the text of publishJsonText': (hub, half) =>
    hub.publishJsonText('room:1', 'e', JSON.stringify(half)),
  'the raw text of publishJsonText': (hub, half) => hub.publishJsonText('room:1', 'e', `"${half}"`),
  realtimeEvent: (hub, half) => hub.realtimeEvent({ channel: 'room:1', event: 'e', data: half }),
  'shared state': (hub, half) => hub.state.change('room:1', { set: { a: { b: half } } }),
  'a key of shared state': (hub, half) => hub.state.change('room:1', { set: { [half]: 1 } }),
  'a deleted key of shared state': (hub, half) => hub.state.change('room:1', { delete: [half] }),
  'the title of a notification': (hub, half) =>
    hub.notifications.create({ ...notice, title: half }),
  'the message of a notification': (hub, half) =>
    hub.notifications.create({ ...notice, message: half }),
  'the recipient of a notification': (hub, half) =>
    hub.notifications.create({ ...notice, recipients: [half] }),
  'the metadata of a notification': (hub, half) =>
    hub.notifications.create({ ...notice, metadata: { a: half } }),
  'the label of an action': (hub, half) =>
    hub.notifications.create({ ...notice, actions: [{ label: half, action: 'a' }] }),
  'the data of an action': (hub, half) =>
    hub.notifications.create({
      ...notice,
      actions: [{ label: 'a', action: 'a', data: { [half]: 1 } }],
    }),
  'an idempotency key': (hub, half) =>
    hub.notifications.create({ ...notice, idempotencyKey: half }),
  'the label of a subscription': (hub, half) =>
    hub.subscriptions.createTopicSubscription({ userId: 'ada', topic: 'room:1', labels: [half] }),
  'the user of a subscription': (hub, half) =>
    hub.subscriptions.createTopicSubscription({ userId: half, topic: 'room:1' }),
  'the metadata of a subscription': (hub, half) =>
    hub.subscriptions.createTopicSubscription({
      userId: 'ada',
      topic: 'room:1',
      metadata: { a: half },
    }),
  'the filter of a subscription': (hub, half) =>
    hub.subscriptions.createTopicSubscription({
      userId: 'ada',
      topic: 'room:1',
      payloadFilter: { a: half },
    }),
  'the action of a resource event': (hub, half) =>
    hub.subscriptions.emit({ resourceType: 'post', resourceId: '1', action: half }),
  'the payload of a resource event': (hub, half) =>
    hub.subscriptions.emit({
      resourceType: 'post',
      resourceId: '1',
      action: 'a',
      payload: { a: half },
    }),
  'the id of a resource': (hub, half) =>
    hub.subscriptions.emit({ resourceType: 'post', resourceId: half, action: 'a' }),
  'the metadata of a room': (hub, half) => hub.rooms.create('2', { metadata: { a: half } }),
  'the password of a room': (hub, half) => hub.rooms.create('2', { password: half }),
  'the reason of a ban': (hub, half) => hub.rooms.ban('1', 'ada', { reason: half }),
  'who is banned': (hub, half) => hub.rooms.ban('1', half),
  'who is put out': (hub, half) => hub.rooms.kick('1', half),
  'whose tokens are revoked': (hub, half) => hub.revoke({ userId: half }),
  'why tokens are revoked': (hub, half) => hub.revoke({ userId: 'ada' }, { reason: half }),
  'who types': (hub, half) => hub.ephemeral.publishTyping('1', half),
  'a reaction': (hub, half) => hub.ephemeral.publishReaction('1', 'ada', { a: half }),
  'a message to a connection': (hub, half) => hub.webSockets.broadcastMessage('text', half),
  'the event of a message': (hub, half) => hub.webSockets.broadcastMessage(half, 1),
  'an event of a stream': (hub, half) => hub.sse.createEvent({ event: 'tick', data: half }),
  'the comment of a stream': (hub, half) =>
    hub.sse.createEvent({ event: 'tick', data: '', comment: half }),
  'why a user is disconnected': (hub, half) => hub.connections.disconnectUser('ada', half),
}

it.each(Object.entries(DOORS))('refuses half of a character in %s', async (_, open) => {
  const channels = { 'room:*': { history: true, presence: true, state: true } }
  const { hub } = await createTestHub({ channels })
  expect(await open(hub, HALF)).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
  // What is refused is the half, and nothing else that is said.
  expect(await open(hub, 'a\u{1f600}')).toMatchObject({ ok: true })
})

it('refuses half of a character where a process joins and publishes texts', async () => {
  const { hub } = await createTestHub()
  hub.createChannel('chat')
  expect(() => hub.join('chat', HALF)).toThrow(/half of a character/)
  expect(() => hub.join('chat', 'worker', { name: HALF })).toThrow(/half of a character/)
  expect(() => hub.publish('chat', HALF)).toThrow(/half of a character/)
  expect(hub.getPresence('chat')).toEqual([])
})

it.each<[string, unknown]>([
  ['a circle', circle],
  ['a bigint', 1n],
  ['a function', () => 1],
  ['undefined', undefined],
])('refuses %s as a payload with a result', async (_, payload) => {
  const { hub } = await createTestHub()
  expect(await hub.publish('room:1', 'e', payload as never)).toMatchObject({
    ok: false,
    error: { code: 'invalid_payload' },
  })
})

it('hides a result of a trigger that is half of a character, as any other mistake of it', async () => {
  const { hub, ada } = await createTestHub({ users: ['ada'] })
  await ada.subscribe('room:1')
  hub.trigger('room:*', 'answer', () => HALF)
  hub.trigger('room:*', 'replace', ({ replace }) => replace({ a: HALF }))
  for (const event of ['answer', 'replace']) {
    await expect(ada.publish('room:1', event, 1)).rejects.toMatchObject({ code: 'internal' })
  }
  expect(ada.payloads('room:1')).toEqual([])
})
