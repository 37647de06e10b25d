import { expect, it } from 'vitest'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { TcpAttacker, upgradeRequest } from './limits/tcp-attacker.ts'

it.each<[string, string, string, object]>([
  ['an answer', 'GET', 'channels', { as: SERVER_KEY }],
  ['a refusal', 'GET', 'channels', {}],
  ['an unknown path', 'GET', 'nothing', {}],
  ['an unknown method', 'DELETE', 'channels', {}],
  ['an unreadable body', 'POST', 'publish', { as: SERVER_KEY, body: '{' }],
  ['a body that is too long', 'POST', 'publish', { as: SERVER_KEY, body: 'x'.repeat(70_000) }],
  ['a body of a wrong shape', 'POST', 'publish', { as: SERVER_KEY, body: {} }],
  [
    'a question before a request',
    'OPTIONS',
    'publish',
    { headers: { origin: 'https://a.example' } },
  ],
  ['a stream that is refused', 'GET', 'events?channels=room:1', {}],
  ['frames of no stream', 'POST', 'frames', { headers: { authorization: 'Session x' } }],
  ['the documentation', 'GET', '/docs', {}],
  ['the description', 'GET', '/openapi.json', {}],
  ['the state of the server', 'GET', '/health/live', {}],
])('lets no browser guess what %s is', async (_, method, path, request) => {
  const attacked = await AttackedHub.start()
  const { headers } = await attacked.rest(method, path, request)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

it('lets no browser guess what a stream is, or an upgrade that is refused', async () => {
  const attacked = await AttackedHub.start({ channels: { 'room:*': {} } })
  const authorization = `Bearer ${attacked.tokenOf('ada')}`
  const stream = await fetch(`${attacked.url}/events?channels=room:1`, {
    headers: { authorization },
  })
  await stream.body?.cancel()
  const handed = await attacked.hub.fetch(
    new Request('http://hub/api/realtime/events?channels=room:1', { headers: { authorization } }),
  )
  await handed.body?.cancel()
  for (const { headers, status } of [stream, handed]) {
    expect([status, headers.get('x-content-type-options')]).toEqual([200, 'nosniff'])
  }
  const eve = await TcpAttacker.connect(Number(new URL(attacked.url).port))
  eve.write(upgradeRequest().replace('/api/realtime/ws', '/api/realtime/nothing'))
  await eve.ended
  expect(eve.text.toLowerCase()).toContain('x-content-type-options: nosniff')
})
