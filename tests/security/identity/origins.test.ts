import { request } from 'node:http'
import { createHub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { SignJWT } from 'jose'
import { expect, it, onTestFinished } from 'vitest'
import { IdentityServer } from './identity-server.ts'
import { RawSocket } from './raw-socket.ts'

const secret = 'a secret for cookies, which is long enough'
const LISTED = 'https://app.example.com'

type Headers = Record<string, string>

/** How one request for each way in is answered: 200 where the user is known. */
async function enter(server: IdentityServer, headers: Headers): Promise<number[]> {
  const socket = new RawSocket(server.socketUrl, headers)
  const streamed = await statusOf(`${server.url}/events?channels=room:1`, 'GET', headers)
  const posted = await statusOf(`${server.url}/tickets`, 'POST', headers)
  await expect.poll(() => socket.code || socket.userId).toBeTruthy()
  return [socket.userId === 'ada' ? 200 : socket.code, streamed, posted]
}

// As browsers do, and not as `fetch` does, which sets some headers by itself.
function statusOf(url: string, method: string, headers: Headers): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function setUp(allowedOrigins: string[]) {
  const server = await IdentityServer.start({
    jwtSecret: secret,
    allowedOrigins,
    channels: { 'room:*': {} },
  })
  const token = await new SignJWT({ sub: 'ada' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))
  return { server, token, cookie: `theme=dark; coterie_token=${token}` }
}

const IN = [200, 200, 200]
const OUT = [4503, 403, 403]

it('lets a cookie in from listed pages only, by WebSocket, stream and POST', async () => {
  const { server, cookie } = await setUp([LISTED])
  const { host } = new URL(server.url)
  const cases: [Headers, number[]][] = [
    [{ origin: LISTED }, IN],
    [{ origin: 'null' }, OUT],
    [{ origin: `${LISTED}.evil.com` }, OUT],
    [{ origin: 'https://evilapp.example.com' }, OUT],
    [{ origin: 'https://example.com' }, OUT],
    [{ origin: 'http://app.example.com' }, OUT],
    [{ origin: `${LISTED}:8443` }, OUT],
    [{ origin: `${LISTED}:443` }, OUT],
    [{ origin: `${LISTED}/` }, OUT],
    [{ origin: LISTED.toUpperCase() }, OUT],
    [{ origin: `http://${host}` }, OUT],
    [{}, OUT],
    [{ 'sec-fetch-site': 'cross-site' }, OUT],
    [{ 'sec-fetch-site': 'same-site' }, OUT],
    [{ 'sec-fetch-site': 'same-origin' }, IN],
  ]
  for (const [headers, expected] of cases) {
    const answers = await enter(server, { ...headers, cookie })
    expect(answers, JSON.stringify(headers)).toEqual(expected)
  }
})

it('lets a cookie in from its own pages where none are listed', async () => {
  const { server, cookie } = await setUp([])
  const { host, port } = new URL(server.url)
  const cases: [Headers, number[]][] = [
    [{ origin: `http://${host}` }, IN],
    [{ origin: `https://${host}` }, IN],
    [{ origin: `https://${host}`, 'sec-fetch-site': 'cross-site' }, OUT],
    [{ origin: `HTTP://${host}` }, OUT],
    [{ origin: 'http://127.0.0.1' }, OUT],
    [{ origin: `http://localhost:${port}` }, OUT],
    [{ origin: `http://${host}.evil.com` }, OUT],
    [{ origin: 'null' }, OUT],
    [{}, OUT],
  ]
  for (const [headers, expected] of cases) {
    const answers = await enter(server, { ...headers, cookie })
    expect(answers, JSON.stringify(headers)).toEqual(expected)
  }
})

it('requires no origin from clients that are not pages, and never accepts their cookies', async () => {
  const { server, token, cookie } = await setUp([LISTED])
  const authorization = `Bearer ${token}`
  expect(await enter(server, { authorization })).toEqual(IN)
  expect(await enter(server, { authorization, cookie })).toEqual(IN)
  expect(await enter(server, { authorization, origin: 'https://evil.com' })).toEqual(OUT)
  expect(await enter(server, { authorization: 'Basic eDp5', cookie })).toEqual(OUT)
})

it('knows a page of its own also where a framework hands requests over', async () => {
  const authenticator = nameAuthenticator
  const hub = createHub({ authenticator, channels: { 'room:*': {} } })
  onTestFinished(() => hub.close())
  const enter = async (path: string, site: string) => {
    const headers = { cookie: 'coterie_token=ada', 'sec-fetch-site': site }
    const response = await hub.fetch(new Request(`http://hub/api/realtime${path}`, { headers }))
    await response.body?.cancel()
    return response.status
  }
  for (const path of ['/events?channels=room:1', '/notifications']) {
    expect(await enter(path, 'same-origin')).toBe(200)
    expect(await enter(path, 'same-site')).toBe(403)
  }
})

it('answers no page with its credentials that is not listed', async () => {
  const { server, cookie } = await setUp([LISTED])
  const credentials = async (origin: string) => {
    const { headers } = await fetch(`${server.url}/notifications`, { headers: { origin, cookie } })
    return [
      headers.get('access-control-allow-origin'),
      headers.get('access-control-allow-credentials'),
    ]
  }
  expect(await credentials(LISTED)).toEqual([LISTED, 'true'])
  for (const origin of ['null', `${LISTED}.evil.com`, 'https://evil.com']) {
    expect(await credentials(origin)).toEqual([null, null])
  }
})
