import { request } from 'node:http'
import { createHub, type HubOptions, silentLogger } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openToEverybody } from '../../../packages/cli/src/commands/dev.ts'
import { RawSocket } from './raw-socket.ts'

type Headers = Record<string, string>

const OPEN: HubOptions = { anonymous: true, channels: { 'room:*': { subscribe: 'public' } } }
const EVIL = 'https://evil.example'

// As browsers do, and not as `fetch` does, which sets some headers by itself.
function statusOf(url: string, headers: Headers): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, (response) => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function start(options: HubOptions) {
  const hub = createHub({ logger: silentLogger, engine: 'memory', ...options })
  onTestFinished(() => hub.close())
  const url = await hub.listen({ port: 0 })
  const { host, port } = new URL(url)
  const socketUrl = `${url.replace('http', 'ws')}/api/realtime/ws`
  /** How a WebSocket and a stream of nobody are answered. */
  const enter = async (headers: Headers): Promise<[string | number, number]> => {
    const socket = new RawSocket(socketUrl, headers)
    await expect.poll(() => socket.code || socket.frames.length).toBeTruthy()
    const streamed = await statusOf(`${url}/api/realtime/events?channels=room:1`, headers)
    return [socket.code || (socket.userId?.slice(0, 5) ?? 'nobody'), streamed]
  }
  return { host, port, socketUrl, url, enter }
}

const IN = ['anon-', 200]

describe.each<[string, HubOptions]>([
  ['a server with anonymous users', OPEN],
  ['a server for development', openToEverybody({})],
])('%s and no listed origins', (_, options) => {
  it('lets no page of elsewhere in', async () => {
    const { enter, host, port } = await start(options)
    for (const headers of [
      { origin: EVIL },
      { origin: 'null' },
      { origin: `http://${host}.evil.example` },
      { origin: `http://localhost.evil.example:${port}` },
      { origin: 'http://127.0.0.1.evil.example' },
      { origin: 'http://evil.example:80@127.0.0.1' },
      { origin: `HTTP://${host}` },
      { origin: EVIL, 'sec-fetch-site': 'same-origin' },
      { origin: `https://${host}`, 'sec-fetch-site': 'cross-site', host: 'chat.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Headers[]) {
      expect(await enter(headers), JSON.stringify(headers)).toEqual([4503, 403])
    }
  })

  it('lets in its own pages, those of the same machine, and what is no page', async () => {
    const { enter, host, port } = await start(options)
    for (const headers of [
      {},
      { origin: `http://${host}` },
      { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
      { origin: 'http://chat.example', host: 'chat.example' },
      { origin: 'https://chat.example', host: 'chat.example', 'sec-fetch-site': 'same-origin' },
      { origin: `http://localhost:${port}` },
      { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' },
      { origin: 'http://[::1]:3000', 'sec-fetch-site': 'cross-site' },
      { origin: 'http://app.localhost' },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ] as Headers[]) {
      expect(await enter(headers), JSON.stringify(headers)).toEqual(IN)
    }
  })
})

it('lets a page of the machine itself into no server elsewhere', async () => {
  const { enter } = await start(OPEN)
  expect(await enter({ origin: 'http://localhost:5173', host: 'chat.example' })).toEqual([
    4503, 403,
  ])
})

it('takes a token from any page, and no act before it', async () => {
  const { enter, socketUrl, url } = await start({ ...OPEN, authenticator: nameAuthenticator })
  expect(await enter({ origin: EVIL })).toEqual(['nobody', 403])
  const socket = new RawSocket(socketUrl, { origin: EVIL })
  let asked = 0
  const codeOf = async (frame: object): Promise<string> => {
    asked += 1
    const id = `ask-${asked}`
    await socket.send({ ...frame, id })
    const answer = () => socket.frames.find((each) => each.id === id)
    await expect.poll(answer).toBeDefined()
    return answer()?.code ?? 'ok'
  }
  const join = { type: 'subscribe', channel: 'room:1' }
  expect(await codeOf(join)).toBe('forbidden')
  expect(await codeOf({ type: 'auth', identity: 'a'.repeat(43) })).toBe('forbidden')
  expect(await codeOf({ type: 'auth', token: 'ada' })).toBe('ok')
  expect(await codeOf(join)).toBe('ok')
  const headers = { origin: EVIL, authorization: 'Bearer ada' }
  expect(await statusOf(`${url}/api/realtime/events?channels=room:1`, headers)).toBe(200)
})

it('lets in the pages that are listed', async () => {
  const { enter } = await start({ ...OPEN, allowedOrigins: [EVIL] })
  expect(await enter({ origin: EVIL })).toEqual(IN)
  expect(await enter({ origin: 'http://localhost:5173' })).toEqual([4503, 403])
  expect(await enter({})).toEqual(IN)
})
