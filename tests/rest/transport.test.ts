import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const ORIGIN = 'https://app.example'

/** Sends a request as bytes, which no client library would. */
async function sendRaw(url: string, head: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname).setEncoding('utf8')
  socket.end(`${head}\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const part of socket) text += part
  return text
}

it.each([
  'GET /api/realtime/rooms HTTP/1.1\r\nHost: a b',
  'GET http://[::1/api/realtime/rooms HTTP/1.1\r\nHost: x',
  'GET /api/realtime/rooms HTTP/1.0',
])('answers %j in the shape of all errors', async (head) => {
  const { hub } = await startRestHub()
  const answer = await sendRaw(await hub.listen({ port: 0 }), head)
  expect(answer).toMatch(/^HTTP\/1.1 400 /)
  expect(answer).toContain('{"error":{"code":"invalid_payload","message":"the request has no')
})

it('says what to do where a WebSocket is asked for by a plain request', async () => {
  const { hub } = await startRestHub()
  const url = await hub.listen({ port: 0 })
  const answer = await sendRaw(url, 'GET /api/realtime/ws HTTP/1.1\r\nHost: x')
  expect(answer).toMatch(/^HTTP\/1.1 404 /)
  expect(answer).toContain('open this path as a WebSocket (ws:// or wss://)')
})

it('takes no name that could reach into every object', async () => {
  const { call } = await startRestHub()
  const as = SERVER_KEY
  const forbidden = '{"__proto__":{"admin":true}}'
  const notification = '"title":"t","message":"m","recipients":["ada"]'
  const subscription = '"user_id":"ada","resource_type":"a","resource_id":"b"'
  for (const [path, body] of [
    ['notifications', `{${notification},"metadata":${forbidden}}`],
    [
      'notifications',
      `{${notification},"actions":[{"label":"a","action":"b","data":${forbidden}}]}`,
    ],
    ['notifications', `{${notification},"__proto__":{"type":"message"}}`],
    ['subscriptions/resource', `{${subscription},"metadata":${forbidden}}`],
    ['subscriptions/resource', `{${subscription},"payload_filter":${forbidden}}`],
    ['subscriptions/query', `{"user_id":"ada","resource_type":"a","query":${forbidden}}`],
  ] as const) {
    const { status, body: answer } = await call('POST', path, { as, body })
    expect([400, 422], `${path} ${body}`).toContain(status)
    expect(answer.error).toMatchObject({ code: 'invalid_payload' })
    expect(answer.error.message).toContain('__proto__')
  }
  expect({}).not.toHaveProperty('admin')
})

it('takes no body that is nested deeper than a frame may be', async () => {
  const { call } = await startRestHub()
  const payload = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  const publish = (levels: number) =>
    call('POST', 'publish', {
      as: SERVER_KEY,
      body: `{"channel":"room:1","event":"e","payload":${payload(levels)}}`,
    })
  expect((await publish(31)).status).toBe(200)
  for (const levels of [32, 30_000]) {
    expect(await publish(levels)).toMatchObject({
      status: 422,
      body: { error: { details: { field: 'payload' } } },
    })
  }
})

it('answers pages of every origin where none are named, without their cookies', async () => {
  const { call } = await startRestHub()
  const origin = { origin: ORIGIN }
  const asked = await call('OPTIONS', 'notification-preferences/ada', { headers: origin })
  expect(asked.status).toBe(204)
  expect(asked.headers.get('access-control-allow-origin')).toBe('*')
  expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
  expect(asked.headers.get('access-control-allow-methods')).toContain('PUT')
  expect(asked.headers.get('access-control-allow-headers')).toContain('Idempotency-Key')
  const refused = await call('GET', 'rooms', { headers: origin })
  expect(refused.status).toBe(401)
  expect(refused.headers.get('access-control-allow-origin')).toBe('*')
  expect(refused.headers.get('access-control-expose-headers')).toBe('Link, Retry-After')
})

it('answers pages of those origins that are named, and of no others', async () => {
  const { call } = await startRestHub({ allowedOrigins: [ORIGIN] })
  for (const path of ['notifications', '/openapi.json', '/health/live', 'nowhere']) {
    const listed = await call('OPTIONS', path, { headers: { origin: ORIGIN } })
    expect(listed.headers.get('access-control-allow-origin'), path).toBe(ORIGIN)
    expect(listed.headers.get('access-control-allow-credentials')).toBe('true')
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await call(method, path, { headers: { origin: 'https://evil.example' } })
      expect(headers.get('access-control-allow-origin'), path).toBeNull()
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      expect(headers.get('vary')).toBe('Origin')
    }
  }
})
