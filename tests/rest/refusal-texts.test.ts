import { expect, it } from 'vitest'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const as = SERVER_KEY

it.each([
  ['nowhere', "channels: { 'nowhere': {} }"],
  ['orders:7', "channels: { 'orders:*': {} }"],
  ['orders:7:lines:1', "channels: { 'orders:#': {} }"],
])('says how the unknown channel %s is declared', async (channel, hint) => {
  const { call } = await startRestHub()
  const { status, body } = await call('POST', 'publish', {
    as,
    body: { channel, event: 'e', payload: 1 },
  })
  expect([status, body.error.code]).toEqual([404, 'unknown_channel'])
  expect(body.error.message).toContain(`unknown channel ${channel}`)
  expect(body.error.message).toContain(hint)
})

it.each([
  ['publish', { channel: 'room:1', event: 'e' }, /^payload: required/],
  ['subscriptions/query', { user_id: 'ada', resource_type: 'a' }, /^query: required/],
  ['publish', { channel: 'room:1', event: 'e', payload: deep(32) }, /^payload: .*31 levels/],
])('says of %s with %j what is wrong with it', async (path, body, message) => {
  const { call } = await startRestHub()
  const answer = await call('POST', path, { as, body })
  expect(answer.status).toBe(422)
  expect(answer.body.error.message).toMatch(message)
})

function deep(levels: number): unknown {
  return levels === 0 ? 1 : [deep(levels - 1)]
}

const NOTIFICATION = { title: 't', message: 'm', recipients: ['ada'] }
const SUBSCRIPTION = { user_id: 'ada', resource_type: 'a', resource_id: 'b' }

it.each([
  '9999-12-31T23:59:59-12:00',
  '9999-12-31T23:59:59.999-00:01',
  '0000-01-01T00:00:00+00:01',
  '2026-02-30T00:00:00Z',
])('takes no time that could not be answered as a time: %s', async (expires_at) => {
  const { call } = await startRestHub()
  for (const [path, body] of [
    ['notifications', { ...NOTIFICATION, expires_at }],
    ['subscriptions/resource', { ...SUBSCRIPTION, expires_at }],
  ] as const) {
    const answer = await call('POST', path, { as, body })
    expect([path, answer.status]).toEqual([path, 422])
    expect(answer.body.error.message).toMatch(/^expires_at: expected a time/)
  }
})

it('answers the last time that there is as it is', async () => {
  const { call } = await startRestHub()
  for (const [given, answered] of [
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59+12:00', '9999-12-31T11:59:59.000Z'],
  ]) {
    const body = { ...NOTIFICATION, expires_at: given }
    const made = await call('POST', 'notifications', { as, body })
    expect([made.status, made.body.expires_at]).toEqual([201, answered])
  }
})

it('takes no time within the process either that nobody could read', async () => {
  const { hub } = await startRestHub()
  for (const expiresAtMs of [253_402_300_800_000, 8.64e15, Number.NaN, -1]) {
    const refused = { ok: false, error: { code: 'invalid_payload' } }
    const notification = { ...NOTIFICATION, expiresAtMs }
    expect(await hub.notifications.create(notification)).toMatchObject(refused)
    const topic = { userId: 'ada', topic: 'new-posts', expiresAtMs }
    expect(await hub.subscriptions.createTopicSubscription(topic)).toMatchObject(refused)
  }
})

it('tells a ban for longer than years can be written as one to their end', async () => {
  const { call } = await startRestHub()
  const body = { duration_ms: Number.MAX_SAFE_INTEGER }
  const banned = await call('PUT', 'rooms/board/bans/ada', { as, body })
  expect([banned.status, banned.body.until]).toEqual([200, '9999-12-31T23:59:59.999Z'])
})
