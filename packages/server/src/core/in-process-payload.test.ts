import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'

const circle: Record<string, unknown> = {}
circle.self = circle

it.each<[string, unknown, string]>([
  ['a Map', { seen: new Map([[1, 2]]) }, 'seen: expected a value that JSON can carry, got Map'],
  [
    'bytes',
    { raw: new Uint8Array(2) },
    'raw: expected a value that JSON can carry, got Uint8Array',
  ],
  [
    'a number that JSON lacks',
    { n: Number.NaN },
    'n: expected a value that JSON can carry, got NaN',
  ],
  ['a big integer', { n: 1n }, 'n: expected a value that JSON can carry, got bigint'],
  ['a circle', circle, 'self: expected a value that JSON can carry, got an object that contains'],
])('the application is told that it gave %s, and nobody receives it', async (_, value, message) => {
  const channels = { 'room:*': { state: true } } as const
  const { ada, hub } = await createTestHub({ users: ['ada'], channels })
  await ada.subscribe('room:1', { state: true })
  const refused = { ok: false, error: { code: 'invalid_payload' } }
  const told = { ...refused, error: { message: expect.stringContaining(message) } }
  expect(await hub.publish('room:1', 'message', value as never)).toMatchObject(told)
  expect(await hub.state.change('room:1', { set: value as never })).toMatchObject(told)
  expect(await hub.state.read('room:1')).toMatchObject({ value: { version: 0 } })
  const notification = { title: 't', message: '', recipients: ['ada'] }
  const made = await hub.notifications.create({ ...notification, metadata: value as never })
  expect(made).toMatchObject(told)
  const topic = { userId: 'ada', topic: 'room:1', labels: ['all'] }
  const kept = { ...topic, metadata: value as never }
  expect(await hub.subscriptions.createTopicSubscription(kept)).toMatchObject(told)
  const track = () => hub.presence.track('room:1', 'bob', value as never)
  expect(track).toThrow(message)
  expect(ada.frames.filter(({ type }) => type === 'event' || type === 'state')).toEqual([])
})
