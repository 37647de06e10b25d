import { createHub, type Hub, type HubOptions } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'

const PAGE = 'https://app.example'
const PATH = '/api/realtime/events'
const AS_ADA = { authorization: 'Bearer ada' }

type Send = (path: string, init?: RequestInit) => Promise<Response>

/** Makes a hub, and the two doors by which its streams are asked for. */
async function start(options: HubOptions = {}): Promise<[Hub, Readonly<Record<string, Send>>]> {
  const hub = createHub({
    authenticator: nameAuthenticator,
    channels: { 'room:*': {}, 'closed:*': { subscribe: 'server' } },
    ...options,
  })
  onTestFinished(() => hub.close())
  const url = await hub.listen({ port: 0 })
  return [
    hub,
    {
      listen: (path, init) => fetch(url + path, init),
      fetch: (path, init) => hub.fetch(new Request(`http://hub${path}`, init)),
    },
  ]
}

it.each<[string, object, number]>([
  ['?channels=room:1', AS_ADA, 200],
  ['', AS_ADA, 200],
  ['', {}, 200],
  ['?channels=room:1', {}, 401],
  ['?channels=room:1', { authorization: 'Bearer wrong' }, 401],
  ['?channels=closed:1', AS_ADA, 403],
  ['?channels=room:*', AS_ADA, 403],
  ['?channels=nowhere', AS_ADA, 404],
  ['?channels=room:1,room:1', AS_ADA, 400],
])('answers HEAD of a stream%s with %o as GET, and opens none', async (query, headers, status) => {
  const [hub, ways] = await start()
  for (const [way, send] of Object.entries(ways)) {
    const head = await send(PATH + query, { method: 'HEAD', headers: { ...headers } })
    expect([way, head.status, await head.text()]).toEqual([way, status, ''])
    expect(hub.figures().connections).toBe(0)
    const leaves = () => expect.poll(() => hub.figures().connections).toBe(0)
    const got = await send(PATH + query, { headers: { ...headers } })
    await got.body?.cancel()
    await leaves()
    expect([way, got.status]).toEqual([way, status])
    for (const name of ['content-type', 'cache-control', 'x-content-type-options']) {
      expect([way, name, head.headers.get(name)]).toEqual([way, name, got.headers.get(name)])
    }
  }
})

it('uses no ticket up that a HEAD brings', async () => {
  const [, { listen: send = fetch }] = await start()
  const { ticket } = (await (
    await send('/api/realtime/tickets', { method: 'POST', headers: AS_ADA })
  ).json()) as { ticket: string }
  const path = `${PATH}?channels=room:1&ticket=${ticket}`
  expect((await send(path, { method: 'HEAD' })).status).toBe(200)
  const stream = await send(path)
  expect(stream.status).toBe(200)
  await stream.body?.cancel()
})

it.each<[string, HubOptions, string | null, string | null]>([
  ['any page where no origins are named', {}, '*', null],
  ['a page whose origin is named', { allowedOrigins: [PAGE] }, PAGE, 'true'],
  ['no other page', { allowedOrigins: ['https://other.example'] }, null, null],
])('lets %s read streams and refusals, by either door', async (_, options, origin, credentials) => {
  const [, ways] = await start(options)
  for (const [way, send] of Object.entries(ways)) {
    for (const query of ['?channels=room:1', '?channels=nowhere']) {
      for (const method of ['GET', 'HEAD']) {
        const headers = { ...AS_ADA, origin: PAGE }
        const answer = await send(PATH + query, { method, headers })
        await answer.body?.cancel()
        expect([
          way,
          query,
          method,
          answer.headers.get('access-control-allow-origin'),
          answer.headers.get('access-control-allow-credentials'),
        ]).toEqual([way, query, method, origin, credentials])
      }
    }
  }
})

it.each([
  'cache-control',
  'authorization,cache-control,last-event-id',
  'authorization, content-type, sentry-trace, traceparent, x-requested-with',
])('lets a page send the headers %s', async (asked) => {
  const [, ways] = await start()
  for (const send of Object.values(ways)) {
    const answer = await send(PATH, {
      method: 'OPTIONS',
      headers: {
        origin: PAGE,
        'access-control-request-method': 'GET',
        'access-control-request-headers': asked,
      },
    })
    expect(answer.status).toBe(204)
    const allowed = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase()
    const names = new Set(allowed.split(', '))
    expect(asked.split(/, ?/).filter((name) => !names.has(name))).toEqual([])
  }
})

it('repeats only lists of headers', async () => {
  const [, { fetch: send = fetch }] = await start()
  for (const asked of ['a b', 'x'.repeat(2_000), 'a,,b', '"']) {
    const headers = { origin: PAGE, 'access-control-request-headers': asked }
    const answer = await send(PATH, { method: 'OPTIONS', headers })
    expect(answer.headers.get('access-control-allow-headers')).toBe(
      'Authorization, Cache-Control, Content-Type, Idempotency-Key, Last-Event-ID',
    )
  }
})
