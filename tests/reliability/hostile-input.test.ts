import type { ErrorFrame, ServerFrame } from '@coterie/protocol'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'

/** A socket that sends whatever it likes and keeps what comes back. */
class RawSocket {
  readonly frames: ServerFrame[] = []
  readonly closed: Promise<number>
  readonly #socket: WebSocket
  #onFrame = (): void => {}

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as ServerFrame)
      this.#onFrame()
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.on('close', resolve))
  }

  static async open(url: string, userId: string): Promise<RawSocket> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/realtime/ws`)
    const raw = new RawSocket(socket)
    await raw.until(({ type }) => type === 'connection')
    raw.send({ type: 'auth', id: 'auth', token: userId })
    await raw.answer('auth')
    return raw
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame))
  }

  sendRaw(data: string | Buffer): void {
    this.#socket.send(data)
  }

  /** Sends bytes under the WebSocket layer. */
  sendBytes(bytes: Buffer): void {
    ;(this.#socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(bytes)
  }

  async until(isWanted: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    for (;;) {
      const found = this.frames.find(isWanted)
      if (found) return found
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve
      })
    }
  }

  answer(id: string): Promise<ServerFrame> {
    return this.until((frame) => 'id' in frame && frame.id === id && frame.type !== 'event')
  }

  close(): void {
    this.#socket.terminate()
  }
}

let hub: Hub
let url: string
let bystander: RawSocket
let eve: RawSocket

beforeAll(async () => {
  hub = createHub({
    authenticator: nameAuthenticator,
    channels: { 'room:*': { history: true, presence: true } },
  })
  url = await hub.listen({ port: 0 })
  bystander = await RawSocket.open(url, 'bystander')
  bystander.send({ type: 'subscribe', id: 'join', channel: 'room:quiet' })
  await bystander.answer('join')
})

afterAll(() => hub.close())

let checks = 0

beforeEach(async () => {
  eve = await RawSocket.open(url, 'eve')
  return async () => {
    eve.close()
    // Whatever was done to the server, somebody else is served as before.
    checks += 1
    const id = `check-${checks}`
    const frame = { type: 'publish', id, channel: 'room:quiet', event: 'e', payload: checks }
    bystander.send(frame)
    expect(await bystander.answer(id)).toMatchObject({ type: 'reply' })
    await bystander.until((each) => each.type === 'event' && each.payload === checks)
    expect(bystander.frames.filter(({ type }) => type === 'error')).toEqual([])
  }
})

/** A frame of exactly so many bytes. */
function frameOf(bytes: number): string {
  const frame = { type: 'publish', id: 'big', channel: 'room:eve', event: 'e', payload: '' }
  return JSON.stringify({ ...frame, payload: 'x'.repeat(bytes - JSON.stringify(frame).length) })
}

const nested = (levels: number): string =>
  `{"type":"publish","id":"deep","channel":"room:eve","event":"e","payload":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`

// RFC 6455 section 5.2: a text message of one byte that is not UTF-8, masked with zeros.
const invalidUtf8 = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff])

describe('a message that is not a frame closes the connection', () => {
  it.each<[string, number, string | Buffer]>([
    ['text that is not JSON', 1007, 'hello'],
    ['nothing at all', 1007, ''],
    ['an array', 1007, '[{"type":"ping"}]'],
    ['a number', 1007, '1'],
    ['a binary message', 1007, Buffer.from('{"type":"ping"}')],
    ['JSON of 33 levels', 1007, nested(33)],
    ['JSON of 30,000 levels', 1007, '['.repeat(30_000)],
    ['a frame of 64 KiB and a byte', 1009, frameOf(65_537)],
    ['a frame of 65 KiB', 1009, frameOf(66_560)],
  ])('%s: %i', async (_, code, data) => {
    eve.sendRaw(data)
    expect(await eve.closed).toBe(code)
  })

  it('text that is not UTF-8: 1007', async () => {
    eve.sendBytes(invalidUtf8)
    expect(await eve.closed).toBe(1007)
  })
})

describe('what is just within the bounds is served', () => {
  it.each([
    ['big', frameOf(65_536)],
    ['deep', nested(32)],
  ])('a %s frame', async (id, data) => {
    eve.send({ type: 'subscribe', id: 'join', channel: 'room:eve' })
    await eve.answer('join')
    eve.sendRaw(data)
    expect(await eve.answer(id)).toMatchObject({ type: 'reply' })
  })
})

describe('a frame that cannot be served is answered, and the connection stays', () => {
  it.each<[string, object, object]>([
    ['an unknown type', { type: 'shout' }, { code: 'unknown_type' }],
    ['no type', {}, { code: 'bad_frame' }],
    [
      'a wrong type of field',
      { type: 'subscribe', channel: 7 },
      { code: 'bad_frame', details: { field: 'channel' } },
    ],
    [
      'a missing field',
      { type: 'publish', channel: 'room:1', payload: 1 },
      { code: 'bad_frame', details: { field: 'event' } },
    ],
    ['an unknown channel', { type: 'subscribe', channel: 'nowhere' }, { code: 'unknown_channel' }],
    ['a name that is none', { type: 'subscribe', channel: 'room: 1' }, { code: 'invalid_channel' }],
    [
      'a wildcard on publish',
      { type: 'publish', channel: 'room:*', event: 'e', payload: 1 },
      { code: 'invalid_channel' },
    ],
    [
      'a channel of somebody else',
      { type: 'subscribe', channel: 'user:bystander' },
      { code: 'forbidden' },
    ],
    ['everything', { type: 'subscribe', channel: '#' }, { code: 'forbidden' }],
    [
      'a channel one is not in',
      { type: 'publish', channel: 'room:quiet', event: 'e', payload: 1 },
      { code: 'not_member' },
    ],
  ])('%s', async (_, frame, error) => {
    eve.send({ ...frame, id: 'wrong' })
    expect(await eve.answer('wrong')).toMatchObject({ type: 'error', ...error })
    eve.send({ type: 'ping', id: 'still here' })
    expect(await eve.answer('still here')).toMatchObject({ type: 'pong' })
  })
})

it('a flood of 1,000 frames is served up to the burst, and each of the rest is refused', async () => {
  for (let n = 1; n <= 1_000; n += 1) eve.send({ type: 'ping', id: `${n}` })
  await eve.answer('1000')
  const pongs = eve.frames.filter(({ type }) => type === 'pong').length
  const errors = eve.frames.filter((frame): frame is ErrorFrame => frame.type === 'error')
  expect(pongs + errors.length).toBe(1_000)
  expect(pongs).toBeGreaterThanOrEqual(99)
  expect(pongs).toBeLessThan(250)
  for (const { code, details } of errors) {
    expect(code).toBe('rate_limited')
    expect(details?.retry_after_ms).toBeGreaterThan(0)
  }
})

it('of 1,000 subscribes the first 256 succeed and each of the rest is refused', async () => {
  const roomy = createHub({
    authenticator: nameAuthenticator,
    channels: { 'room:*': {} },
    limits: { framesPerSecond: 10_000, framesBurst: 10_000 },
  })
  const greedy = await RawSocket.open(await roomy.listen({ port: 0 }), 'greedy')
  for (let n = 1; n <= 1_000; n += 1) {
    greedy.send({ type: 'subscribe', id: `${n}`, channel: `room:${n}` })
  }
  await greedy.answer('1000')
  const replies = greedy.frames.flatMap((frame) =>
    frame.type === 'reply' && frame.id !== 'auth' ? [Number(frame.id)] : [],
  )
  const errors = greedy.frames.filter((frame): frame is ErrorFrame => frame.type === 'error')
  expect(replies).toEqual(Array.from({ length: 256 }, (_, n) => n + 1))
  expect(errors).toHaveLength(744)
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['limit_exceeded']))
  greedy.close()
  await roomy.close()
})
