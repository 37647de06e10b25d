import { createClient, userChannel, WebSocketClient } from '@coterie/client'
import { createHub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'

/** A hub, and a client of a user of it. */
async function connectUser(userId: string, transport: 'websocket' | 'sse' = 'websocket') {
  const hub = createHub({ authenticator: nameAuthenticator, engine: 'memory' })
  onTestFinished(() => hub.close())
  const url = await hub.listen({ port: 0 })
  const client = new WebSocketClient({
    url: url.replace('http', 'ws'),
    token: userId,
    transports: [transport],
  })
  onTestFinished(() => client.disconnect())
  client.connect()
  return { hub, url, client }
}

it('carries what is sent without a room to the application, and its answer back', async () => {
  const { hub, client } = await connectUser('ada')
  hub.onMessage(({ principal, event, payload }) => ({ heard: [principal.userId, event, payload] }))
  expect(await client.send('greeting', { text: 'hello' })).toEqual({
    heard: ['ada', 'greeting', { text: 'hello' }],
  })
})

it.each(
  ['ada', 'auth0|5f7c', 'google:123', 'Ada Lovelace', 'ada+tag@example.org', 'ädä'].flatMap(
    (userId) => [['websocket', userId] as const, ['sse', userId] as const],
  ),
)('hears over %s what the application sends to the user %s', async (transport, userId) => {
  const { hub, url, client } = await connectUser(userId, transport)
  const heard: unknown[] = []
  client.onMessage = ({ type, payload, room }) => heard.push([type, payload, room])
  client.on('alert', (payload) => heard.push(payload))
  await expect.poll(() => client.status()).toBe('connected')
  expect(client.userId()).toBe(userId)

  await hub.publish(userChannel(userId), 'alert', { text: 'to the channel' })
  await expect
    .poll(() => heard)
    .toEqual([{ text: 'to the channel' }, ['alert', { text: 'to the channel' }, undefined]])
  expect(hub.webSockets.broadcastMessage('alert', 'to the connection')).toEqual({
    ok: true,
    value: 1,
  })
  await expect.poll(() => heard).toHaveLength(4)
  expect(heard[3]).toEqual(['alert', 'to the connection', undefined])

  const other = createClient({ url, token: userId })
  onTestFinished(() => other.disconnect())
  const raw: unknown[] = []
  other.channel(`user:${userId}`).on('alert', ({ payload }) => raw.push(payload))
  other.connect()
  await expect.poll(() => other.status()).toBe('connected')
  await hub.publish(`user:${userId}`, 'alert', 'by the raw name')
  await expect.poll(() => raw).toEqual(['by the raw name'])
})
