import type { Writable } from 'node:stream'
import type { ServerFrameType } from '@coterie/protocol'
import { expect, it } from 'vitest'
import * as ws from 'ws'
import { textMessage, textOf, webSocketJson } from './websocket-frame.ts'

// The types of `ws` do not include its receiver.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable }

it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])(
  'builds a message of %i bytes that a WebSocket receiver reads',
  async (length) => {
    const text = 'x'.repeat(length)
    const message = textMessage([text])
    const receiver = new Receiver({ isServer: false, maxPayload: 0 })
    const received = new Promise<string>((resolve, reject) => {
      receiver.on('message', (data: Buffer, isBinary: boolean) =>
        isBinary ? reject(new Error('binary')) : resolve(data.toString()),
      )
      receiver.on('error', reject)
    })
    receiver.write(Buffer.concat(message.chunks))
    expect(await received).toBe(text)
    expect(Buffer.from(textOf(message)).toString()).toBe(text)
  },
)

it('counts bytes, not characters', () => {
  const message = textMessage(['ü€😀'])
  expect(message.chunks[0]?.[1]).toBe(9)
  expect(Buffer.from(textOf(message)).toString()).toBe('ü€😀')
})

it('writes the type before the other fields', () => {
  const read = (type: ServerFrameType, fields: string): unknown =>
    JSON.parse(Buffer.from(textOf(webSocketJson.encode(type, [fields]))).toString())
  expect(read('event', '{"a":1}')).toEqual({ type: 'event', a: 1 })
  expect(read('ping', '{}')).toEqual({ type: 'ping' })
})

it('concatenates pieces of text and of bytes', () => {
  const long = 'ü'.repeat(1_000)
  const [short, shared] = [Buffer.from('["ü"]'), Buffer.from(`"${long}"`)]
  const pieces = ['{"a":', short, ',"b":', shared, ',"c":"€"}']
  const message = webSocketJson.encode('reply', pieces)
  expect(JSON.parse(Buffer.from(textOf(message)).toString())).toEqual({
    type: 'reply',
    a: ['ü'],
    b: long,
    c: '€',
  })
  expect(Buffer.concat(message.chunks)).toHaveLength(message.length)
  expect(message.chunks, 'long bytes are not copied').toContain(shared)
})
