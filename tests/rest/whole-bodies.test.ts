import { expect, it } from 'vitest'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const HALF = String.raw`\ud800`
const ROUNDED = '9007199254740993'

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { requestBody?: unknown }>>>>
}

async function start() {
  const rest = await startRestHub()
  const { body } = await rest.call('GET', '/openapi.json')
  const operations = Object.entries((body as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { requestBody }]) => requestBody !== undefined)
      .map(([method]) => ({ method: method.toUpperCase(), path: path.replace(/\{\w+\}/g, '1') })),
  )
  // Frames are read one by one, as those of sockets.
  const bodies = operations.filter(({ path }) => !path.endsWith('/frames'))
  return { ...rest, bodies }
}

it.each([
  ['half of a character', `{"x":"${HALF}"}`, /half of a character/],
  ['half of a character in a name', `{"x${HALF}":1}`, /half of a character/],
  ['an integer that would be rounded', `{"x":[${ROUNDED}]}`, /9007199254740993 would be rounded/],
  ['a number beyond all range', '{"x":{"y":-1e400}}', /-1e400 would be rounded/],
])('refuses %s in the body of every operation', async (_, body, message) => {
  const { call, bodies } = await start()
  expect(bodies.length).toBeGreaterThan(15)
  for (const { method, path } of bodies) {
    const answer = await call(method, path, { as: SERVER_KEY, body })
    expect([method, path, answer]).toMatchObject([
      method,
      path,
      {
        status: 422,
        body: { error: { code: 'invalid_payload', message: expect.stringMatching(message) } },
      },
    ])
  }
})

it('refuses a body that is not UTF-8, in place of putting other characters there', async () => {
  const { hub } = await startRestHub()
  const publish = (text: string): Promise<Response> =>
    hub.fetch(
      new Request('http://hub/api/realtime/publish', {
        method: 'POST',
        headers: { authorization: `Bearer ${SERVER_KEY}`, 'content-type': 'application/json' },
        body: Buffer.from(text, 'latin1'),
      }),
    )
  const body = '{"channel":"room:1","event":"e","payload":"caf\u00e9"}'
  const refused = await publish(body)
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('the body is not UTF-8')
  expect((await publish(Buffer.from(body).toString('latin1'))).status).toBe(200)
})

it.each(['rooms/%ED%A0%80', 'subscriptions?label=%ED%A0%80', 'notifications?user_id=100%'])(
  'refuses the address %s, which is not UTF-8',
  async (path) => {
    const { call } = await startRestHub()
    expect(await call('GET', path, { as: SERVER_KEY })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_payload', message: expect.stringMatching(/UTF-8/) } },
    })
  },
)

it.each([
  ROUNDED,
  `{"id":-12345678901234567890,"list":[0.12345678901234567890]}`,
  '1e400',
  '-0',
  '1.0',
  '{"a":1,"a":2}',
  '" \\u2028\\u0000 "',
  '{"a": [1,\n 2]}',
])('publishes %s as it is written', async (payload) => {
  const { hub, call } = await startRestHub()
  const body = `{"channel":"room:1","event":"e","payload": ${payload} }`
  expect(await call('POST', 'publish', { as: SERVER_KEY, body })).toMatchObject({ status: 200 })
  const history = await hub.fetch(
    new Request('http://hub/api/realtime/channels/room:1/history', {
      headers: { authorization: `Bearer ${SERVER_KEY}` },
    }),
  )
  expect(await history.text()).toContain(`"payload":${payload},`)
})

it('publishes no number rounded where the name of the payload is written with escapes', async () => {
  const { call } = await startRestHub()
  const body = `{"channel":"room:1","event":"e","pay\\u006coad":${ROUNDED}}`
  expect(await call('POST', 'publish', { as: SERVER_KEY, body })).toMatchObject({ status: 422 })
})

it('reads numbers as doubles are written, in any way', async () => {
  const { call } = await startRestHub()
  const metadata = '{"a":0.10000000000000001,"b":1e2,"c":9007199254740992,"d":5e-324,"e":-0.0}'
  const body = `{"id":"1","metadata":${metadata}}`
  expect(await call('POST', 'rooms', { as: SERVER_KEY, body })).toMatchObject({
    body: { metadata: { a: 0.1, b: 100, c: 2 ** 53, d: 5e-324, e: 0 } },
  })
})
