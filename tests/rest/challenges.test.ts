import { expect, it } from 'vitest'
import { operationsOf, readDocument } from './checked-fetch.ts'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const BEARER = 'Bearer realm="coterie"'
const INVALID = `${BEARER}, error="invalid_token"`

it('says to everybody without credentials how to send some, for every operation', async () => {
  const { hub } = await startRestHub()
  const operations = operationsOf(await readDocument((request) => hub.fetch(request)))
  let refused = 0
  for (const { method, path, operation } of operations) {
    const { example } = operation.requestBody?.content['application/json'] ?? {}
    if (path.endsWith('/ws')) continue
    const address = `http://hub${path.replace(/\{\w+\}/g, 'one')}`
    const body = example === undefined ? null : JSON.stringify(example)
    const { status, headers } = await hub.fetch(new Request(address, { method, body }))
    const challenge = headers.get('www-authenticate')
    expect([path, status === 401]).toEqual([path, challenge !== null])
    if (status !== 401) continue
    refused += 1
    const expected = path.endsWith('/frames') ? 'Session realm="coterie"' : BEARER
    expect([path, challenge]).toEqual([path, expected])
  }
  expect(refused).toBeGreaterThan(30)
})

it.each<[string, Record<string, string>, number, string]>([
  ['a wrong token', { authorization: 'Bearer wrong' }, 401, INVALID],
  ['an empty token', { authorization: 'Bearer ' }, 401, INVALID],
  ['a scheme that is not known', { authorization: 'Basic YTpi' }, 401, BEARER],
  ['a session that is not known', { authorization: 'Session x' }, 401, BEARER],
  [
    'a token that may not do this',
    { authorization: 'Bearer ada' },
    403,
    `${BEARER}, error="insufficient_scope"`,
  ],
])('tells who brings %s what is wrong with it', async (_, headers, status, challenge) => {
  const { call } = await startRestHub()
  const path = status === 403 ? 'connections' : 'channels'
  const answer = await call('GET', path, { headers })
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([status, challenge])
})

it('tells who opens a stream in the same way, by either door', async () => {
  const { hub } = await startRestHub()
  const url = await hub.listen({ port: 0 })
  const path = '/api/realtime/events?channels=room:1'
  for (const [headers, challenge] of [
    [{}, BEARER],
    [{ authorization: 'Bearer wrong' }, INVALID],
    [{ cookie: 'coterie_token=wrong', 'sec-fetch-site': 'same-origin' }, INVALID],
  ] as const) {
    for (const method of ['GET', 'HEAD']) {
      const own = await fetch(url + path, { method, headers })
      const handed = await hub.fetch(new Request(`http://hub${path}`, { method, headers }))
      for (const { status, headers: answered } of [own, handed]) {
        expect([method, status, answered.get('www-authenticate')]).toEqual([method, 401, challenge])
      }
    }
  }
})

it('asks for nothing where the answer is good', async () => {
  const { call } = await startRestHub()
  const { headers } = await call('GET', 'channels', { as: SERVER_KEY })
  expect(headers.get('www-authenticate')).toBeNull()
})
