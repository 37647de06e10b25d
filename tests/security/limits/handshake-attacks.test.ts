import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createHub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { expectServes, SERVER_KEY, startAttacked } from './attacked-server.ts'
import { rawFrame, TcpAttacker, upgradeRequest } from './tcp-attacker.ts'

it.each([
  ['one header of 20 KiB', [`X-Flood: ${'x'.repeat(20_480)}`]],
  ['2,000 headers', Array.from({ length: 2_000 }, (_, n) => `X-Flood-${n}: ${n}`)],
  ['a cookie of 20 KiB', [`Cookie: ${'a=b; '.repeat(4_096)}`]],
])('answers %s with 431 and ends the connection', async (_, headers) => {
  const server = await startAttacked()
  const eve = await TcpAttacker.connect(server.port)
  eve.write(upgradeRequest(headers))
  await eve.ended
  expect(eve.text).toMatch(/^HTTP\/1\.1 431 /)
  await expectServes(server)
})

it.each([
  ['sends one byte of its request a second', true],
  ['sends nothing at all', false],
])('ends after 10 s who %s', async (_, trickles) => {
  const server = await startAttacked()
  const startedAtMs = performance.now()
  const eve = await TcpAttacker.connect(server.port)
  const request = upgradeRequest()
  let sent = 0
  const timer = setInterval(() => {
    if (trickles) eve.write(request[sent] ?? '')
    sent += 1
  }, 1_000)
  await eve.ended
  clearInterval(timer)
  const tookMs = performance.now() - startedAtMs
  expect(tookMs).toBeGreaterThan(9_000)
  await expectServes(server)
})

it('ends after 10 s who becomes a WebSocket and then says nothing', async () => {
  const server = await startAttacked()
  const eve = await TcpAttacker.upgrade(server.port)
  expect(await eve.closeCode()).toBe(4501)
  await expectServes(server)
})

it.each([
  ['version', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 99'],
  ['header in place of the version', 'Sec-WebSocket-Version: 13', 'X: y'],
  ['key', 'Sec-WebSocket-Key: ', 'Sec-WebSocket-Key: short'],
  ['method', 'GET', 'POST'],
])('refuses an upgrade with another %s', async (_, right, wrong) => {
  const server = await startAttacked()
  const eve = await TcpAttacker.connect(server.port)
  eve.write(upgradeRequest().replace(right, wrong))
  await eve.ended
  expect(eve.text).toMatch(/^HTTP\/1\.1 4\d\d /)
  await expectServes(server)
})

it('answers an upgrade of another path, and lives on when its sender resets the connection', async () => {
  const server = await startAttacked()
  const request = upgradeRequest().replace('/api/realtime/ws', '/elsewhere')
  const polite = await TcpAttacker.connect(server.port)
  polite.write(request)
  await polite.ended
  expect(polite.text).toMatch(/^HTTP\/1\.1 404 /)
  for (let n = 0; n < 50; n += 1) {
    const eve = await TcpAttacker.connect(server.port)
    eve.write(request)
    eve.socket.resetAndDestroy()
  }
  await expectServes(server)
})

it('survives handshakes that are reset midway, and stops counting them', async () => {
  const server = await startAttacked()
  for (let n = 0; n < 100; n += 1) {
    const eve = await TcpAttacker.connect(server.port)
    eve.write(upgradeRequest(n % 2 === 0 ? ['Authorization: Bearer eve'] : []))
    if (n % 3 === 0) await eve.until(() => eve.text.includes('101 '))
    eve.socket.resetAndDestroy()
  }
  await expectServes(server)
  await expect.poll(() => server.hub.figures().connections).toBe(0)
  await expect.poll(() => server.hub.limits.connections.size).toBe(0)
})

it.each([
  ['not HTTP', 'hello\r\n\r\n'],
  ['binary', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
  [
    'a body of two lengths',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
  ],
  [
    'a body of a length and in chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'a chunk of 2^64 bytes',
    'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n',
  ],
])('lives on after %s', async (_, bytes) => {
  const server = await startAttacked()
  const eve = await TcpAttacker.connect(server.port)
  eve.write(bytes)
  await eve.ended
  await expectServes(server)
})

async function post(url: string, path: string, body: string, authorization: string) {
  const headers = { authorization, 'content-type': 'application/json' }
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body })
  return { status: response.status, text: await response.text() }
}

it.each<[string, string, number]>([
  ['101 frames', `[${Array(101).fill('{"type":"ping"}').join(',')}]`, 400],
  ['a million commas', `[${','.repeat(1_000_000)}]`, 400],
  ['half a million lines', `[${'\n'.repeat(500_000)}]`, 200],
  ['100,000 levels', '['.repeat(100_000), 400],
  ['a frame of a byte too many', `["${'x'.repeat(65_535)}"]`, 413],
  ['2 MiB', `["${'x'.repeat(2_097_152)}"]`, 413],
])('answers a batch of %s with a refusal or nothing to do', async (_, body, status) => {
  const server = await startAttacked()
  const stream = await fetch(`${server.url}/events?channels=room:1`, {
    headers: { authorization: 'Bearer eve' },
  })
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  while (!text.includes('"session":')) {
    text += Buffer.from((await reader.read()).value ?? []).toString()
  }
  const session = /"session":"([^"]+)"/.exec(text)?.[1]
  expect((await post(server.url, '/frames', body, `Session ${session}`)).status).toBe(status)
  await expectServes(server)
  await reader.cancel()
})

it.each([
  ['integer keys', (n: number) => `{${Array.from({ length: n }, (_, k) => `"${k}":0`).join(',')}}`],
  [
    'far integer keys',
    (n: number) => `{${Array.from({ length: n }, (_, k) => `"${k * 65_536}":0`).join(',')}}`,
  ],
])('takes a payload of thousands of %s in no time', async (_, payloadOf) => {
  const server = await startAttacked()
  const body = `{"channel":"room:1","event":"e","payload":${payloadOf(3_500)}}`
  const answer = await post(server.url, '/publish', body, `Bearer ${SERVER_KEY}`)
  expect(answer.status).toBe(200)
  await expectServes(server)
})

it('keeps no socket of a refused upgrade whose sender never ends its side', async () => {
  const hub = createHub()
  const server = createServer()
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await hub.close()
  })
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => {
    socket.destroy()
  })
  socket.on('error', () => {})
  socket.write(upgradeRequest().replace('/api/realtime/ws', '/elsewhere'))
  await new Promise<void>((resolve) => {
    socket.resume().once('end', () => resolve())
  })
  const open = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
  await expect.poll(open).toBe(0)
})

it('reads only a few frames of a client that has not authenticated yet', async () => {
  const verifying = Promise.withResolvers<void>()
  const server = await startAttacked({
    authenticator: {
      authenticate: async (token) => {
        if (token === 'slow') await verifying.promise
        return nameAuthenticator.authenticate(token)
      },
    },
  })
  const eve = await TcpAttacker.connect(server.port)
  eve.write(upgradeRequest(['Authorization: Bearer slow']))
  const payload = Buffer.from(JSON.stringify({ type: 'ping', rest: 'x'.repeat(60_000) }))
  eve.write(Buffer.concat(Array<Buffer>(500).fill(rawFrame({ head: 0x81, payload }))))
  // The server answers others meanwhile, and so could have read all of it.
  for (let n = 0; n < 200; n += 1) await fetch(new URL('/health/live', server.url))
  expect(eve.socket.writableLength).toBeGreaterThan(10_000_000)
  verifying.resolve()
  await eve.until(() => eve.text.includes('"code":"rate_limited"'))
  await expectServes(server)
})
