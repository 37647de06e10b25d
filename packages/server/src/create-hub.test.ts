import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { nameAuthenticator } from '@coterie/testing'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createHub, type Hub, type HubOptions } from './index.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function makeHub(options: HubOptions = {}): Hub {
  const hub = createHub({ authenticator: nameAuthenticator, channels: { lobby: {} }, ...options })
  closers.push(() => hub.close())
  return hub
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Opens a socket; resolves with its first frame, or with how it ended. */
function open(url: string, options: object = {}, protocols: string[] = []) {
  const socket = new WebSocket(url, protocols, options)
  closers.push(() => socket.terminate())
  return new Promise<{
    frame?: { user_id: unknown }
    code?: number
    status?: number
    protocol: string
  }>((resolve) => {
    const { protocol } = socket
    socket.on('message', (data) => {
      resolve({
        frame: JSON.parse(String(data)) as { user_id: unknown },
        protocol: socket.protocol,
      })
    })
    socket.on('close', (code) => resolve({ code, protocol }))
    socket.on('unexpected-response', (_, { statusCode }) => {
      resolve({ status: statusCode ?? 0, protocol })
    })
    socket.on('error', () => {})
  })
}

it('joins a server that exists and touches only its own paths', async () => {
  const server = createServer((request, response) => response.end(`yours: ${request.url}`))
  server.on('upgrade', (request, socket: Duplex) => {
    if (request.url === '/your-socket')
      socket.end('HTTP/1.1 418 Yours\r\nContent-Length: 0\r\n\r\n')
  })
  const hub = makeHub()
  hub.attach(server)
  const host = await listen(server)
  const text = async (path: string): Promise<string> =>
    (await fetch(`http://${host}${path}`)).text()
  expect(await text('/')).toBe('yours: /')
  expect(await text('/api/realtimes')).toBe('yours: /api/realtimes')
  expect(await text('/health/live')).toBe('yours: /health/live')
  expect(await text('/api/realtime/health/live')).toBe('{"status":"ok"}')
  expect(await text('/api/realtime/nothing')).toContain('not_found')
  expect(await open(`ws://${host}/your-socket`)).toMatchObject({ status: 418 })
  const { frame } = await open(`ws://${host}/api/realtime/ws?x=1`)
  expect(frame).toMatchObject({ type: 'connection', user_id: null })
})

it('answers sockets elsewhere with 404 where nobody else does', async () => {
  const url = await makeHub().listen({ port: 0 })
  expect(await open(`${url.replace('http', 'ws')}/elsewhere`)).toMatchObject({ status: 404 })
})

it('serves under the prefix that it is given', async () => {
  const url = await makeHub({ prefix: '/live' }).listen({ port: 0 })
  const { frame } = await open(`${url.replace('http', 'ws')}/live/ws`)
  expect(frame).toMatchObject({ type: 'connection' })
})

it('speaks the subprotocol to who asks for it, and without it to who does not', async () => {
  const url = `${(await makeHub().listen({ port: 0 })).replace('http', 'ws')}/api/realtime/ws`
  expect((await open(url, {}, ['other', 'coterie.v1'])).protocol).toBe('coterie.v1')
  expect((await open(url)).protocol).toBe('')
})

it('knows from a header or a cookie who is calling', async () => {
  const url = `${(await makeHub().listen({ port: 0 })).replace('http', 'ws')}/api/realtime/ws`
  const { host } = new URL(url)
  const withHeader = await open(url, { headers: { authorization: 'Bearer ada' } })
  expect(withHeader.frame).toMatchObject({ user_id: 'ada' })
  const own = { cookie: 'coterie_token=bob', origin: `http://${host}` }
  expect((await open(url, { headers: own })).frame).toMatchObject({ user_id: 'bob' })
})

it.each([
  ['a wrong token', { authorization: 'Bearer wrong' }, 4501],
  [
    'a cookie from a foreign page',
    { cookie: 'coterie_token=ada', origin: 'https://evil.example' },
    4503,
  ],
])('closes on %s with a code that a page can see', async (_, headers, code) => {
  const url = `${(await makeHub().listen({ port: 0 })).replace('http', 'ws')}/api/realtime/ws`
  expect(await open(url, { headers })).toMatchObject({ code })
})

it('refuses pages that are not listed', async () => {
  const hub = makeHub({ allowedOrigins: ['https://app.example'] })
  const url = `${(await hub.listen({ port: 0 })).replace('http', 'ws')}/api/realtime/ws`
  expect(await open(url, { headers: { origin: 'https://evil.example' } })).toMatchObject({
    code: 4503,
  })
  const { frame } = await open(url, { headers: { origin: 'https://app.example' } })
  expect(frame).toMatchObject({ type: 'connection' })
})

it('refuses everybody where nobody can be known', async () => {
  const hub = createHub({ channels: { lobby: {} } })
  closers.push(() => hub.close())
  const url = `${(await hub.listen({ port: 0 })).replace('http', 'ws')}/api/realtime/ws`
  expect(await open(url)).toMatchObject({ code: 4501 })
})
