import type { HubOptions } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type AttackedServer, expectServes, SERVER_KEY, startAttacked } from './attacked-server.ts'

const EVE = '203.0.113.66'
const ADA = '198.51.100.1'

/** A server behind a proxy of this machine, which says from where requests come. */
function behindProxy(limits: HubOptions['limits'], options: HubOptions = {}) {
  return startAttacked({ trustedProxies: ['127.0.0.0/8', '::1'], limits, ...options })
}

const from = (address: string, token?: string): Record<string, string> => ({
  'x-forwarded-for': address,
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
})

interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly retryAfter: string | null
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const response = await fetch(url, { ...init, signal: abort.signal })
  const isStream = response.headers.get('content-type') === 'text/event-stream'
  const body = isStream ? {} : ((await response.json()) as { error?: { code: string } })
  return {
    status: response.status,
    code: body.error?.code,
    retryAfter: response.headers.get('retry-after'),
  }
}

const openStream = ({ url }: AttackedServer, headers: Record<string, string>): Promise<Answer> =>
  ask(`${url}/events?channels=room:1`, { headers })

/** Asks for a WebSocket; resolves to the status, 101 where it is one. */
function openSocket({ url }: AttackedServer, headers: Record<string, string>) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers })
  socket.on('error', () => {})
  onTestFinished(() => socket.terminate())
  return new Promise<{ answer: Answer; socket: WebSocket }>((resolve) => {
    socket.once('open', () =>
      resolve({ answer: { status: 101, code: undefined, retryAfter: null }, socket }),
    )
    socket.once('unexpected-response', (_, response) => {
      let text = ''
      response.on('data', (bytes) => {
        text += String(bytes)
      })
      response.on('end', () => {
        const { error } = JSON.parse(text) as { error: { code: string } }
        const retryAfter = response.headers['retry-after'] ?? null
        resolve({
          answer: { status: response.statusCode ?? 0, code: error.code, retryAfter },
          socket,
        })
      })
    })
  })
}

const limited = { status: 429, code: 'rate_limited', retryAfter: expect.stringMatching(/^\d+$/) }

it('bounds the connections of an address, WebSockets and streams together', async () => {
  const server = await behindProxy({ connectionsPerAddress: 2 })
  const first = await openSocket(server, from(EVE, 'eve'))
  expect(first.answer.status).toBe(101)
  expect((await openStream(server, from(EVE, 'eve'))).status).toBe(200)
  expect((await openSocket(server, from(EVE, 'eve'))).answer).toEqual(limited)
  expect(await openStream(server, from(EVE, 'eve'))).toEqual(limited)
  await expectServes(server, from(ADA))
  expect(server.hub.figures().refused.connections).toBe(2)
  first.socket.close()
  await expect.poll(async () => (await openStream(server, from(EVE, 'eve'))).status).toBe(200)
})

it('stops counting a stream once it has ended or was refused', async () => {
  const server = await behindProxy({ connectionsPerAddress: 1 })
  for (let n = 0; n < 5; n += 1) {
    const answer = await ask(`${server.url}/events?channels=nowhere:1`, {
      headers: from(EVE, 'eve'),
    })
    expect(answer.status).toBe(404)
  }
  for (let n = 0; n < 3; n += 1) {
    const abort = new AbortController()
    const headers = from(EVE, 'eve')
    const open = async () =>
      (await fetch(`${server.url}/events?channels=room:1`, { headers, signal: abort.signal }))
        .status
    await expect.poll(open).toBe(200)
    abort.abort()
  }
  await expect.poll(() => server.hub.limits.connections.size).toBe(0)
})

it('bounds how quickly an address opens connections', async () => {
  const server = await behindProxy({ connectsPerSecond: 1, connectsBurst: 3 })
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => (await openSocket(server, from(EVE))).answer.status),
  )
  expect(answers.filter((status) => status === 101).length).toBeGreaterThanOrEqual(3)
  expect(answers.filter((status) => status === 429).length).toBeGreaterThanOrEqual(5)
  await expectServes(server, from(ADA))
})

it('bounds connections of an address that nobody is behind yet', async () => {
  const server = await behindProxy({ unidentifiedPerAddress: 2 })
  const { socket } = await openSocket(server, from(EVE))
  await openSocket(server, from(EVE))
  expect((await openSocket(server, from(EVE))).answer).toEqual(limited)
  socket.send(JSON.stringify({ type: 'auth', token: 'eve' }))
  await expect.poll(async () => (await openSocket(server, from(EVE))).answer.status).toBe(101)
  await expectServes(server, from(ADA))
})

it('ignores forwarding headers of a peer that is not a trusted proxy', async () => {
  const server = await startAttacked({ limits: { connectionsPerAddress: 2 } })
  await openSocket(server, from('192.0.2.1', 'eve'))
  await openSocket(server, from('192.0.2.2', 'eve'))
  expect((await openSocket(server, from('192.0.2.3', 'eve'))).answer).toEqual(limited)
})

it('counts a network of IPv6 as one address', async () => {
  const server = await behindProxy({ connectionsPerAddress: 2 })
  await openSocket(server, from('2001:db8:0:7::1', 'eve'))
  await openSocket(server, from('2001:db8:0:7:ffff::1', 'eve'))
  expect((await openSocket(server, from('2001:db8:0:7:1:2:3:4', 'eve'))).answer).toEqual(limited)
  expect((await openSocket(server, from('2001:db8:0:8::1', 'ada'))).answer.status).toBe(101)
})

const list = ({ url }: AttackedServer, headers: Record<string, string>): Promise<Answer> =>
  ask(`${url}/notifications`, { headers })

it('tells an address only so often that a token, key or ticket is wrong, and lets right ones pass', async () => {
  const server = await behindProxy({ failedAuthsPerMinute: 4 })
  expect((await list(server, from(EVE, 'wrong'))).status).toBe(401)
  expect((await openStream(server, from(EVE, 'wrong'))).status).toBe(401)
  expect((await ask(`${server.url}/connections`, { headers: from(EVE, 'wrong') })).status).toBe(401)
  expect((await ask(`${server.url}/events?ticket=none`, { headers: from(EVE) })).status).toBe(401)

  expect(await list(server, from(EVE, 'wrong'))).toEqual(limited)
  expect(await ask(`${server.url}/connections`, { headers: from(EVE, 'wrong') })).toEqual(limited)
  expect(await openStream(server, from(EVE, 'wrong'))).toEqual(limited)
  expect(await ask(`${server.url}/events?ticket=none`, { headers: from(EVE) })).toEqual(limited)
  expect(server.hub.figures().refused.failedAuths).toBe(4)

  // Behind the same address is somebody who does nothing wrong.
  expect((await list(server, from(EVE, 'ada'))).status).toBe(200)
  const connections = await ask(`${server.url}/connections`, { headers: from(EVE, SERVER_KEY) })
  expect(connections.status).toBe(200)
  await expectServes(server, from(EVE))
})

it('counts wrong tokens in auth frames too, over all connections of an address', async () => {
  const server = await behindProxy({ failedAuthsPerMinute: 3 })
  const codes: string[] = []
  for (let n = 0; n < 5; n += 1) {
    const { socket } = await openSocket(server, from(EVE))
    const answered = new Promise<string>((resolve) => {
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { type: string; code?: string; details?: object }
        if (frame.type === 'error') resolve(`${frame.code} ${Object.keys(frame.details ?? {})}`)
      })
    })
    socket.send(JSON.stringify({ type: 'auth', id: '1', token: 'wrong' }))
    codes.push(await answered)
  }
  expect(codes).toEqual([
    ...Array(3).fill('unauthorized '),
    ...Array(2).fill('rate_limited retry_after_ms'),
  ])
  await expectServes(server, from(ADA))
})

it('lets good tokens pass however many come', async () => {
  const server = await behindProxy({ failedAuthsPerMinute: 2 })
  await list(server, from(EVE, 'wrong'))
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => (await list(server, from(EVE, `user-${n}`))).status),
  )
  expect(new Set(answers)).toEqual(new Set([200]))
})

it('bounds the requests of an address, but not those of the application', async () => {
  const server = await behindProxy({ requestsPerSecond: 1, requestsBurst: 5 })
  const statuses = async (token: string): Promise<number[]> =>
    Promise.all(
      Array.from({ length: 12 }, async () => {
        const path = token === SERVER_KEY ? 'connections' : 'notifications'
        return (await ask(`${server.url}/${path}`, { headers: from(EVE, token) })).status
      }),
    )
  const first = await statuses('eve')
  expect(first.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5)
  expect(first.filter((status) => status === 429).length).toBeGreaterThanOrEqual(5)
  expect(await statuses(SERVER_KEY)).toEqual(Array(12).fill(200))
  expect((await list(server, from(ADA, 'ada'))).status).toBe(200)
  const alive = await fetch(new URL('/health/live', server.url), { headers: from(EVE) })
  expect(alive.status).toBe(200)
  expect(server.hub.figures().refused.requests).toBeGreaterThanOrEqual(5)
})

it('bounds the requests of a user, from wherever they come, with what a page may read', async () => {
  const server = await behindProxy({ userRequestsPerSecond: 1, userRequestsBurst: 3 })
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
    expect((await list(server, from(address, 'eve'))).status).toBe(200)
  }
  const origin = { origin: 'https://page.example' }
  const refused = await fetch(`${server.url}/notifications`, {
    headers: { ...from('192.0.2.4', 'eve'), ...origin },
  })
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After')
  expect(refused.headers.get('access-control-allow-origin')).toBe('*')
  expect((await list(server, from('192.0.2.4', 'ada'))).status).toBe(200)
})

it('bounds how quickly a user joins, over all its connections', async () => {
  const server = await behindProxy({ joinsPerSecond: 1, joinsBurst: 4 })
  const refusedOf = async (): Promise<number> => {
    const { socket } = await openSocket(server, from(EVE, 'eve'))
    let refused = 0
    let answered = 0
    const done = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const { id, code } = JSON.parse(String(data)) as { id?: string; code?: string }
        if (id === undefined) return
        answered += 1
        if (code === 'rate_limited') refused += 1
        if (answered === 3) resolve()
      })
    })
    for (let n = 0; n < 3; n += 1) {
      socket.send(JSON.stringify({ type: 'subscribe', id: `${n}`, channel: `room:${n}` }))
    }
    await done
    return refused
  }
  expect(await refusedOf()).toBe(0)
  expect(await refusedOf()).toBeGreaterThanOrEqual(1)
  expect(await openStream(server, from(EVE, 'eve'))).toEqual(limited)
  expect(server.hub.figures().refused.joins).toBeGreaterThanOrEqual(2)
  await expectServes(server, from(ADA))
})

it('knows the address of a request that a framework hands over with it', async () => {
  const { hub } = await behindProxy({ failedAuthsPerMinute: 1, connectionsPerAddress: 1 })
  const request = (token: string, path = 'notifications') =>
    new Request(`http://localhost/api/realtime/${path}`, { headers: from(ADA, token) })
  const statusOf = async (token: string, remoteAddress?: string): Promise<number> =>
    (await hub.fetch(request(token), { remoteAddress })).status
  expect(await statusOf('wrong', EVE)).toBe(401)
  expect(await statusOf('wrong', EVE)).toBe(429)
  expect([await statusOf('wrong'), await statusOf('wrong'), await statusOf('eve')]).toEqual([
    401, 401, 200,
  ])
  const path = 'events?channels=room:1'
  const stream = await hub.fetch(request('ada', path), { remoteAddress: ADA })
  expect(stream.status).toBe(200)
  expect((await hub.fetch(request('ada', path), { remoteAddress: ADA })).status).toBe(429)
  await stream.body?.cancel()
  expect((await hub.fetch(request('ada', path), { remoteAddress: ADA })).status).toBe(200)
})

it.each([
  [{ trustedProxies: ['10.0.0.0/33'] }, /trustedProxies.*10\.0\.0\.0\/8/],
  [{ trustedProxies: ['proxy.local'] }, /trustedProxies/],
  [{ limits: { connectionsPerAddress: -1 } }, /connectionsPerAddress/],
  [{ limits: { requestsBurst: 0 } }, /requestsBurst/],
])('says what is wrong with %j', async (options, message) => {
  await expect(startAttacked(options as HubOptions)).rejects.toThrow(message)
})
