import { createHub, type HubOptions } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

async function start(options: HubOptions = {}) {
  const warnings: string[] = []
  const warn = (_: object, message: string): void => void warnings.push(message)
  const logger = { debug() {}, info() {}, warn, error: warn }
  const hub = createHub({ engine: 'memory', logger, channels: { 'room:*': {} }, ...options })
  onTestFinished(() => hub.close())
  return { warnings, hub, url: await hub.listen({ port: 0 }) }
}

async function closeCode(url: string): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/realtime/ws`)
  return new Promise((resolve) => socket.on('close', resolve))
}

it('says once why everybody is refused, where nothing says how users are known', async () => {
  const { warnings, url } = await start()
  expect(warnings).toEqual([])
  expect(await closeCode(url)).toBe(4501)
  expect(await closeCode(url)).toBe(4501)
  expect((await fetch(`${url}/api/realtime/events?channels=room:1`)).status).toBe(401)
  expect(warnings).toEqual([
    'this hub refuses every connection, because it has no way to identify users: set jwtSecret, jwt or an authenticator, or anonymous: true',
  ])
})

const TOKEN = 'e30.e30.e30'
const bearer = { authorization: `Bearer ${TOKEN}` }
const events = '/events?channels=room:1'

it.each<[string, string, RequestInit]>([
  ['a stream with a token', events, { headers: bearer }],
  ['the head of a stream with a token', events, { method: 'HEAD', headers: bearer }],
  [
    'a stream with a cookie',
    events,
    { headers: { cookie: `coterie_token=${TOKEN}`, 'sec-fetch-site': 'same-origin' } },
  ],
  [
    'a stream with the cookie of another page',
    events,
    { headers: { cookie: `coterie_token=${TOKEN}` } },
  ],
  ['a stream with a ticket', `${events}&ticket=t`, {}],
  ['a request of a user', '/notifications', { headers: bearer }],
  ['a request for a ticket', '/tickets', { method: 'POST', headers: bearer }],
  ['a request for a ticket without a token', '/tickets', { method: 'POST' }],
])('says so to %s, once', async (_, path, init) => {
  const { warnings, hub } = await start()
  for (let time = 0; time < 2; time += 1) {
    const request = new Request(`http://localhost/api/realtime${path}`, init)
    const response = await hub.fetch(request)
    expect(response.ok).toBe(false)
  }
  expect(warnings).toEqual([expect.stringMatching(/^this hub refuses every connection/)])
})

it('says nothing of a token that is refused where anonymous users are not', async () => {
  const { warnings, hub } = await start({ anonymous: true })
  for (const path of [events, '/notifications']) {
    const request = new Request(`http://localhost/api/realtime${path}`, { headers: bearer })
    expect((await hub.fetch(request)).status).toBe(401)
  }
  expect(warnings).toEqual([])
})

it('says so for streams alone too', async () => {
  const { warnings, url } = await start()
  await fetch(`${url}/api/realtime/events?channels=room:1`)
  expect(warnings).toHaveLength(1)
})

it('does not warn when a client without a token is refused where tokens are accepted', async () => {
  const { warnings, url } = await start({ jwtSecret: 'a secret that is long enough for tokens' })
  expect((await fetch(`${url}/api/realtime/events?channels=room:1`)).status).toBe(401)
  expect(warnings).toEqual([])
})
