import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createHub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { SERVER_KEY } from './attacked-server.ts'
import { TcpAttacker } from './tcp-attacker.ts'

const MEBIBYTE = 1_048_576
const GIBIBYTE = 1_024 * MEBIBYTE
/** What a server may take of a body before it is clear that nobody wants it. */
const TAKEN_BYTES = MEBIBYTE
const CHUNK = Buffer.alloc(65_536, ',')
const CHUNKED = Buffer.concat([Buffer.from('10000\r\n'), CHUNK, Buffer.from('\r\n')])

function createAttackedHub() {
  return createHub({
    authenticator: nameAuthenticator,
    apiKeys: [SERVER_KEY],
    channels: { 'room:*': { history: true } },
    engine: 'memory',
    store: 'memory',
  })
}

/** A hub on the server of an application, which sees the sockets. */
async function attachHub() {
  const sockets: Socket[] = []
  const server = createServer((_, response) => response.end('the application'))
  server.on('connection', (socket) => sockets.push(socket))
  const hub = createAttackedHub()
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await hub.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, sockets }
}

/** Writes as long as it is taken. */
async function flood(attacker: TcpAttacker, piece: Buffer): Promise<void> {
  const { socket } = attacker
  for (let bytes = 0; bytes < 64 * MEBIBYTE && !socket.destroyed; bytes += piece.length) {
    if (socket.write(piece)) continue
    await Promise.race([
      attacker.ended,
      new Promise<void>((resolve) => socket.once('drain', () => resolve())),
    ])
  }
}

const ANSWERED = [
  ['an invented session', 'POST /api/realtime/frames', 'Session c_1.invented', 404],
  ['a wrong key', 'POST /api/realtime/publish', 'Bearer wrong', 401],
  ['a body that is too large', 'POST /api/realtime/publish', `Bearer ${SERVER_KEY}`, 413],
  ['a path that is none', 'POST /api/realtime/nothing', `Bearer ${SERVER_KEY}`, 404],
  ['a stream that is refused', 'GET /api/realtime/events?channels=room:1', 'Bearer wrong', 401],
] as const

it.each(
  ANSWERED.flatMap((each) => [
    [...each, `Content-Length: ${GIBIBYTE}`] as const,
    [...each, 'Transfer-Encoding: chunked'] as const,
  ]),
)(
  'answers %s, and reads the rest of its body no more (%#)',
  async (_, line, who, status, length) => {
    const { port, sockets } = await attachHub()
    const eve = await TcpAttacker.connect(port)
    const head = [`${line} HTTP/1.1`, 'Host: x', `Authorization: ${who}`]
    eve.write([...head, 'Content-Type: application/json', length, '', ''].join('\r\n'))
    await flood(eve, length.startsWith('Content') ? CHUNK : CHUNKED)
    await eve.ended
    expect(eve.text).toMatch(`HTTP/1.1 ${status}`)
    expect(eve.text.toLowerCase()).toContain('connection: close')
    expect(eve.text).toContain('{"error":')
    expect(sockets[0]?.bytesRead).toBeLessThan(TAKEN_BYTES)
  },
)

it('keeps a connection whose refused request was short', async () => {
  const { port, sockets } = await attachHub()
  const eve = await TcpAttacker.connect(port)
  const body = `"${'x'.repeat(60_000)}"`
  const head = ['POST /api/realtime/frames HTTP/1.1', 'Host: x', 'Content-Type: application/json']
  const length = `Content-Length: ${body.length}`
  const asked = [...head, 'Authorization: Session c_1.invented', length, '', body].join('\r\n')
  eve.write(asked)
  await eve.until(() => eve.text.includes('no stream has this session'))
  eve.write('GET /mine HTTP/1.1\r\nHost: x\r\n\r\n')
  await eve.until(() => eve.text.includes('the application'))
  expect(sockets).toHaveLength(1)
})

it('is heard by a client that sends a long body through an agent, request after request', async () => {
  const { port } = await attachHub()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const post = (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: 'Session c_1.invented', 'content-length': MEBIBYTE }
      const path = '/api/realtime/frames'
      const sent = httpRequest({ agent, port, host: '127.0.0.1', method: 'POST', path, headers })
      let status: number | undefined
      sent.on('response', (response) => {
        status = response.statusCode
        response.resume().on('end', () => resolve(status))
      })
      // Once it is answered, that the rest was not taken is what the client was told.
      sent.on('error', (error) => (status === undefined ? reject(error) : undefined))
      sent.end(Buffer.alloc(MEBIBYTE, ','))
    })
  for (let n = 0; n < 5; n += 1) expect(await post()).toBe(404)
})

it('reads nothing of a refused body that a framework hands over', async () => {
  const hub = createAttackedHub()
  onTestFinished(() => hub.close())
  let pulled = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled += 1
        controller.enqueue(CHUNK)
      },
    },
    { highWaterMark: 0 },
  )
  const answer = await hub.fetch(
    new Request('http://hub/api/realtime/frames', {
      method: 'POST',
      headers: { authorization: 'Session c_1.invented', 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit),
  )
  expect(answer.status).toBe(404)
  expect(pulled).toBe(0)
})
