import { describe, expect, it } from 'vitest'
import { expectServes, startAttacked } from './attacked-server.ts'
import { type RawFrame, rawFrame, TcpAttacker } from './tcp-attacker.ts'

const TEXT = 0x81
const FIRST_PIECE = 0x01
const MORE = 0x00
const LAST_PIECE = 0x80
const CLOSE = 0x88
const PING = 0x89

const FRAME_BYTES = 65_536
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const auth = rawFrame({ head: TEXT, payload: json({ type: 'auth', id: 'in', token: 'eve' }) })

// RFC 6455: what a client may not send, and with which code it is answered.
const MALFORMED: [string, number, RawFrame[]][] = [
  ['an unmasked frame', 1002, [{ head: TEXT, payload: json({ type: 'ping' }), isMasked: false }]],
  ['a compressed frame that nobody agreed to', 1002, [{ head: 0xc1, payload: json({}) }]],
  ['a second reserved bit', 1002, [{ head: 0xa1, payload: json({}) }]],
  ['a third reserved bit', 1002, [{ head: 0x91, payload: json({}) }]],
  ['a reserved opcode', 1002, [{ head: 0x83, payload: json({}) }]],
  ['a reserved control opcode', 1002, [{ head: 0x8b }]],
  ['a ping of 126 bytes', 1002, [{ head: PING, payload: Buffer.alloc(126) }]],
  ['a ping in pieces', 1002, [{ head: 0x09, payload: Buffer.alloc(1) }]],
  ['a close with half a code', 1002, [{ head: CLOSE, payload: Buffer.from([3]) }]],
  ['a close with a code that is none', 1002, [{ head: CLOSE, payload: Buffer.from([0, 1]) }]],
  ['a piece of nothing', 1002, [{ head: LAST_PIECE, payload: Buffer.from('x') }]],
  ['text in the middle of text', 1002, [{ head: FIRST_PIECE }, { head: TEXT }]],
  ['text that is no UTF-8', 1007, [{ head: TEXT, payload: Buffer.from([0xff]) }]],
  [
    'text that is no UTF-8, cut in two',
    1007,
    [
      { head: FIRST_PIECE, payload: Buffer.from([0xe2, 0x82]) },
      { head: LAST_PIECE, payload: Buffer.from([0x28]) },
    ],
  ],
  ['a byte too many', 1009, [{ head: TEXT, saidLength: FRAME_BYTES + 1 }]],
  ['2^53 bytes to come', 1009, [{ head: TEXT, saidLength: 2 ** 53 - 1 }]],
  ['2^63 bytes to come', 1009, [{ head: TEXT, saidLength: 2 ** 63 }]],
  [
    'pieces that are too many bytes together',
    1009,
    [
      { head: FIRST_PIECE, payload: Buffer.alloc(40_000, 'x') },
      { head: MORE, payload: Buffer.alloc(40_000, 'x') },
    ],
  ],
  [
    'one byte a piece',
    1008,
    [
      { head: FIRST_PIECE, payload: Buffer.from('{') },
      ...Array<RawFrame>(100_000).fill({ head: MORE, payload: Buffer.from(' ') }),
    ],
  ],
  [
    'pieces of nothing without end',
    1008,
    [{ head: FIRST_PIECE }, ...Array<RawFrame>(100_000).fill({ head: MORE })],
  ],
]

describe.each(['before', 'after'])('%s authentication', (when) => {
  it.each(MALFORMED)('%s closes with %i and harms nobody', async (_, code, frames) => {
    const server = await startAttacked()
    const eve = await TcpAttacker.upgrade(server.port)
    if (when === 'after') {
      eve.write(auth)
      await eve.until(() => eve.text.includes('"id":"in"'))
    }
    eve.write(Buffer.concat(frames.map(rawFrame)))
    expect(await eve.closeCode()).toBe(code)
    await expectServes(server)
    await expect.poll(() => server.hub.figures().connections).toBe(0)
  })
})

it('agrees to no compression, whatever is offered', async () => {
  const server = await startAttacked()
  const offers = ['permessage-deflate; client_max_window_bits', 'x-webkit-deflate-frame']
  for (const offer of offers) {
    const eve = await TcpAttacker.upgrade(server.port, [`Sec-WebSocket-Extensions: ${offer}`])
    expect(eve.text.toLowerCase()).not.toContain('sec-websocket-extensions')
  }
  await expectServes(server)
})

it('closes on a frame that trickles in byte by byte', async () => {
  const server = await startAttacked()
  const eve = await TcpAttacker.upgrade(server.port)
  eve.socket.setNoDelay(true)
  eve.write(rawFrame({ head: TEXT, saidLength: 60_000 }))
  const timer = setInterval(() => eve.write('x'), 1)
  await eve.until(() => eve.socket.closed || eve.text.includes('\x88')).catch(() => {})
  clearInterval(timer)
  expect(await eve.closeCode()).toBe(1008)
  await expectServes(server)
})

it.each([
  ['pings', 0x89],
  ['pongs', 0x8a],
])('closes with 4029 who sends %s without end', async (_, head) => {
  const server = await startAttacked()
  const eve = await TcpAttacker.upgrade(server.port)
  const some = Buffer.concat(Array<Buffer>(30).fill(rawFrame({ head })))
  const timer = setInterval(() => eve.write(some), 5)
  await eve.ended
  clearInterval(timer)
  expect(await eve.closeCode()).toBe(4029)
  expect(server.hub.figures().refused.controlFrames).toBe(1)
  await expectServes(server)
})

it('ends who pings without end and reads no answer', async () => {
  const server = await startAttacked()
  const eve = await TcpAttacker.upgrade(server.port)
  eve.socket.pause()
  const pings = Buffer.concat(
    Array<Buffer>(1_000).fill(rawFrame({ head: PING, payload: Buffer.alloc(125) })),
  )
  for (let n = 0; n < 100 && !eve.socket.closed; n += 1) eve.write(pings)
  await expect.poll(() => server.hub.figures().connections).toBe(0)
  await expectServes(server)
})

it('serves who pings as others do', async () => {
  const server = await startAttacked()
  const ada = await TcpAttacker.upgrade(server.port)
  for (let n = 0; n < 50; n += 1) ada.write(rawFrame({ head: PING, payload: Buffer.from('p') }))
  await ada.until(() => ada.text.split('\x8a\x01p').length > 50)
  expect(server.hub.figures().refused.controlFrames).toBe(0)
})

it('refuses bytes beyond the rate, says for how long, and then closes with 4029', async () => {
  const limits = { bytesPerSecond: 1_000, bytesBurst: 100_000, framesBurst: 5_000 }
  const server = await startAttacked({ limits })
  const eve = await TcpAttacker.upgrade(server.port)
  eve.write(auth)
  const big = { type: 'ping', id: 'big', rest: 'x'.repeat(60_000) }
  eve.write(rawFrame({ head: TEXT, payload: json(big) }))
  eve.write(rawFrame({ head: TEXT, payload: json(big) }))
  await eve.until(() => eve.text.includes('"retry_after_ms":'))
  expect(eve.text).toMatch(
    /"id":"big","code":"rate_limited","message":"too many bytes; try again in/,
  )
  const bytes = rawFrame({ head: TEXT, payload: json({ ...big, rest: 'x'.repeat(50_000) }) })
  for (let n = 0; n < 1_100 && !eve.socket.closed; n += 1) {
    if (!eve.socket.write(bytes)) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await eve.closeCode()).toBe(4029)
  expect(server.hub.figures().refused.bytes).toBeGreaterThan(1_000)
  await expectServes(server)
})
