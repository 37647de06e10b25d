import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { Transport } from '../ports/transport.ts'
import { FlushQueue } from './flush-queue.ts'
import { Outbox } from './outbox.ts'
import { OutgoingFrame } from './outgoing-frame.ts'

function setUp(maxQueuedBytes = 100) {
  const clock = new FakeClock()
  const writes: string[][] = []
  const closes: number[] = []
  const state = { bufferedBytes: 0, encoded: 0 }
  const transport: Transport = {
    encoding: {
      encode: (_, fields) => {
        state.encoded += 1
        return Buffer.from(fields)
      },
    },
    remoteAddress: '',
    get bufferedBytes() {
      return state.bufferedBytes
    },
    write: (chunks) => writes.push(chunks.map((chunk) => Buffer.from(chunk).toString())),
    ping() {},
    close: (code) => closes.push(code),
    terminate() {},
  }
  const outbox = new Outbox(transport, new FlushQueue(clock), maxQueuedBytes)
  return { clock, outbox, writes, closes, state }
}

const frame = (text: string): OutgoingFrame => new OutgoingFrame('event', text)

it('writes once a tick what the tick brought, in order', async () => {
  const { clock, outbox, writes } = setUp()
  for (const text of ['1', '2', '3']) outbox.push(frame(text), 'logged')
  expect(writes).toEqual([])
  await clock.settle()
  expect(writes).toEqual([['1', '2', '3']])
})

it('encodes a frame once for all that share an encoding', async () => {
  const { clock, outbox, state } = setUp()
  const shared = frame('shared')
  outbox.push(shared, 'logged')
  outbox.push(shared, 'logged')
  await clock.settle()
  expect(state.encoded).toBe(1)
})

it('drops volatile frames for a receiver that reads too slowly, and nothing else', async () => {
  const { outbox, writes, closes, state, clock } = setUp(10)
  state.bufferedBytes = 8
  outbox.push(frame('volatile'), 'volatile')
  outbox.push(frame('v'), 'volatile')
  await clock.settle()
  expect(writes).toEqual([['v']])
  expect(closes).toEqual([])
})

it('ends a receiver that cannot take what it must not miss', async () => {
  const { outbox, closes, state } = setUp(10)
  state.bufferedBytes = 8
  outbox.push(frame('logged'), 'logged')
  expect(closes).toEqual([4008])
  outbox.push(frame('more'), 'logged')
  expect(closes).toEqual([4008])
})

it('takes one frame larger than the bound when nothing else waits', async () => {
  const { outbox, writes, clock } = setUp(10)
  outbox.push(frame('x'.repeat(50)), 'logged')
  await clock.settle()
  expect(writes).toHaveLength(1)
})

it('writes what was collected before it closes', () => {
  const { outbox, writes, closes } = setUp()
  outbox.answer(frame('reply'))
  outbox.close(1012, '')
  expect(writes).toEqual([['reply']])
  expect(closes).toEqual([1012])
})
