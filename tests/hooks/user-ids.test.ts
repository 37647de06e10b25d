import { createClient, createInbox } from '@coterie/client'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'

const KEY = 'a server key for ids of users'
let hub: Hub
let url: string

beforeAll(async () => {
  hub = createHub({ authenticator: nameAuthenticator, engine: 'memory', apiKeys: [KEY] })
  url = await hub.listen({ port: 0 })
})

afterAll(() => hub.close())

it.each([
  'ada',
  'auth0|5f7c',
  'google:123',
  'Ada Lovelace',
  'ada+tag@example.org',
  'ädä',
  'a/b',
  'a%2Fb',
  'a?b=c&d',
  'a#b',
  'a,b',
  'user:a',
  '=a',
  '-',
  'https://id.example.org/users/7',
])('the user %s has an inbox, preferences and connections', async (userId) => {
  const client = createClient({ url, token: userId })
  onTestFinished(() => client.disconnect())
  const inbox = createInbox(client)
  const arrived: string[] = []
  inbox.on('notification', ({ title }) => arrived.push(title))
  client.connect()
  await expect.poll(() => client.status()).toBe('connected')
  await hub.notifications.create({ title: 'Hello', message: '', recipients: [userId] })
  await expect.poll(() => arrived).toEqual(['Hello'])
  await expect.poll(() => [inbox.unreadCount(), inbox.error()]).toEqual([1, null])
  await inbox.markAllRead()
  await expect.poll(() => inbox.unreadCount()).toBe(0)

  const preferences = `/notification-preferences/${encodeURIComponent(userId)}`
  expect((await client.fetch(preferences)).status).toBe(200)
  const ended = await fetch(`${url}/api/realtime/users/${encodeURIComponent(userId)}/connections`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${KEY}` },
  })
  expect(ended.status).toBe(200)
  await expect.poll(() => client.status()).toBe('refused')
})
