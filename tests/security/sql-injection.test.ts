import { createHub, createSqliteStore } from '@coterie/server'
import type { Store } from '@coterie/server/store'
import { createPostgresStore } from '@coterie/server/stores/postgres'
import { nameAuthenticator } from '@coterie/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresProcess } from '../stores/postgres-process.ts'

const HOSTILE = [
  "'",
  "' OR '1'='1",
  "'; DROP TABLE notifications; --",
  '" OR ""="',
  "') OR 1=1 --",
  '\\',
  "\\' OR 1=1 --",
  '%',
  '_',
  '$1',
  '?1',
  '{ada}',
  '["ada","bob"]',
  '"ada"',
  '/*',
  ';--',
  "' UNION SELECT * FROM recipients --",
  '\u0000',
  '\ud800',
  'NULL',
  '$$; DROP TABLE subscriptions; $$',
  'ADA',
  'ada ',
]

const SERVER_KEY = 'a key of the application'

let postgres: PostgresProcess
beforeAll(async () => {
  postgres = await PostgresProcess.start()
})
afterAll(() => postgres.remove())

const STORES: readonly (readonly [string, () => Store])[] = [
  ['SQLite', () => createSqliteStore({ path: ':memory:' })],
  ['Postgres', () => createPostgresStore({ url: postgres.url() })],
]

describe.each(STORES)('in %s', (_, createStore) => {
  const world = async () => {
    const hub = createHub({
      apiKeys: [SERVER_KEY],
      authenticator: nameAuthenticator,
      store: createStore(),
      channels: { 'room:*': {} },
      notifications: { userAddresses: true },
    })
    const call = async (method: string, path: string, as: string, body?: unknown, key?: string) => {
      const response = await hub.fetch(
        new Request(`http://hub/api/realtime/${path}`, {
          method,
          headers: {
            authorization: `Bearer ${as}`,
            'content-type': 'application/json',
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      )
      const text = await response.text()
      // biome-ignore lint/suspicious/noExplicitAny: tests match on parts of it
      return { status: response.status, text, body: (text === '' ? null : JSON.parse(text)) as any }
    }
    return { hub, call }
  }

  it('no text is more than a text', async () => {
    const { hub, call } = await world()
    const note = { title: 'of others', message: 'm', recipients: ['ada'] }
    const { body: kept } = await call('POST', 'notifications', SERVER_KEY, {
      ...note,
      title: 'of ada',
    })
    const { body: stored } = await call('POST', 'subscriptions/topic', 'ada', { topic: 'room:1' })
    await call('PUT', 'notification-preferences/ada', 'ada', { email: 'ada@private.example' })

    for (const [index, hostile] of HOSTILE.entries()) {
      const encoded = encodeURIComponent(hostile.toWellFormed())
      const fields = { resource_type: hostile, resource_id: hostile, sender_id: hostile }
      for (const [method, path, body, key] of [
        [
          'POST',
          'notifications',
          {
            ...note,
            ...fields,
            title: hostile,
            recipients: ['bob'],
            metadata: { [hostile]: hostile },
          },
        ],
        ['POST', 'notifications', { ...note, recipients: [hostile] }],
        ['POST', 'notifications', { ...note, recipients: ['bob'] }, `key${index}${encoded}`],
        ['GET', `notifications?user_id=${encoded}`],
        ['GET', `notifications?user_id=bob&cursor=${encoded}`],
        ['GET', `notifications?user_id=bob&status=${encoded}`],
        ['GET', `notifications/${encoded}`],
        ['POST', `notifications/${encoded}/mark-read?user_id=${encoded}`],
        ['POST', `notifications/${encoded}/cancel`],
        ['POST', `notifications/mark-all-read?user_id=${encoded}`],
        ['GET', `notifications/unread-count/${encoded}`],
        ['PUT', `notification-preferences/${encoded}`, { muted_types: ['system'] }],
        ['PUT', 'notification-preferences/bob', { email: hostile }],
        ['PUT', 'notification-preferences/bob', { webhook_url: `https://example.com/${hostile}` }],
        [
          'PUT',
          'notification-preferences/bob',
          { quiet_hours: { start: hostile, end: hostile, time_zone: hostile } },
        ],
        ['GET', `notification-preferences/${encoded}`],
        ['GET', `notification-deliveries?user_id=${encoded}`],
        ['GET', `notification-deliveries?before=${encoded}&status=${encoded}`],
        ['POST', `notification-deliveries/${encoded}/retry`],
        [
          'POST',
          'subscriptions/topic',
          {
            user_id: hostile,
            topic: 'room:1',
            labels: [hostile],
            metadata: { [hostile]: hostile },
          },
        ],
        ['POST', 'subscriptions/topic', { user_id: 'bob', topic: hostile }],
        [
          'POST',
          'subscriptions/resource',
          { user_id: 'bob', resource_type: hostile, resource_id: hostile },
        ],
        ['POST', 'subscriptions/query', { user_id: 'bob', query: { [hostile]: hostile } }],
        ['POST', 'subscriptions/query', { user_id: 'bob', query: { event: { $in: [hostile] } } }],
        ['GET', `subscriptions?user_id=bob&label=${encoded}`],
        ['GET', `subscriptions?user_id=${encoded}`],
        ['GET', `subscriptions?user_id=bob&cursor=${encoded}`],
        ['GET', `subscriptions/${encoded}`],
        ['DELETE', `subscriptions/${encoded}`],
        ['PATCH', `subscriptions/${encoded}/status`, { status: 'paused' }],
        ['POST', `subscriptions/${encoded}/labels`, { label: hostile }],
        [
          'POST',
          'resource-events',
          { resource_type: hostile, resource_id: hostile, action: hostile, payload: hostile },
        ],
        ['GET', `dead-letters?trigger=${encoded}`],
        ['DELETE', `dead-letters/${encoded}`],
      ] as const) {
        const answer = await call(method, path, SERVER_KEY, body, key)
        expect
          .soft(answer.status, `${method} ${path} ${JSON.stringify(body)} ${answer.text}`)
          .toBeLessThan(500)
        expect.soft(answer.text).not.toMatch(/of ada|ada@private\.example/)
      }
    }
    // Nothing of ada's was reached, and the tables are there.
    expect((await call('GET', `notifications/${kept.id}`, 'ada')).body).toEqual({ ...kept })
    expect((await call('GET', 'notifications/unread-count/ada', 'ada')).body).toBe(1)
    expect((await call('GET', 'subscriptions', 'ada')).body).toEqual([stored])
    const preferences = await call('GET', 'notification-preferences/ada', 'ada')
    expect(preferences.body).toMatchObject({ email: 'ada@private.example', muted_types: [] })
    await hub.close()
  })

  it('a user is found by exactly their name', async () => {
    const { hub, call } = await world()
    for (const name of ['eve', 'EVE', 'eve ', 'e%', 'e_e', "e'e", 'ève']) {
      await call('POST', 'notifications', SERVER_KEY, {
        title: name,
        message: '',
        recipients: [name],
      })
    }
    for (const name of ['eve', 'EVE', 'eve ', 'e%', 'e_e', "e'e", 'ève']) {
      const { body } = await call(
        'GET',
        `notifications?user_id=${encodeURIComponent(name)}`,
        SERVER_KEY,
      )
      expect(body.map(({ title }: { title: string }) => title)).toEqual([name])
    }
    await hub.close()
  })
})

describe('a filter of a subscription', () => {
  it.each([
    { $where: 'true' },
    { $expr: { $eq: [1, 1] } },
    { $function: { body: 'return true' } },
    { 'payload.a': { $where: 'true' } },
    { 'payload.a': { $regex: '^(a+)+$' } },
    { 'payload.a': { $eq: { $gt: '' } } },
    { 'payload.__proto__.a': 1 },
    { 'payload.constructor.name': 'Object' },
    { $or: [{ $where: '1' }] },
    { $jsonSchema: {} },
    { 'payload.a': { $gt: {} } },
  ])('%j that is more than a comparison is refused', async (query) => {
    const hub = createHub({
      apiKeys: [SERVER_KEY],
      authenticator: nameAuthenticator,
      channels: { 'room:*': {} },
    })
    const ask = async (path: string, as: string, body: object) => {
      const response = await hub.fetch(
        new Request(`http://hub/api/realtime/${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      )
      return { status: response.status, text: await response.text() }
    }
    const metadata = { notification_channel: 'in-app' }
    const made = await ask('subscriptions/query', 'eve', { query, topic: 'room:1', metadata })
    expect([400, 422]).toContain(made.status)
    const filtered = await ask('subscriptions/topic', 'eve', {
      topic: 'room:1',
      payload_filter: query,
      metadata,
    })
    expect([400, 422]).toContain(filtered.status)
    const event = { channel: 'room:1', event: 'e', payload: { a: 'a', secret: 1 } }
    expect((await ask('publish', SERVER_KEY, event)).status).toBe(200)
    const unread = await hub.notifications.unreadCount('eve')
    expect(unread).toMatchObject({ value: 0 })
    await hub.close()
  })
})
