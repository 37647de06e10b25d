import { ok } from '@coterie/protocol'
import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { EventRecord } from '../ports/engine.ts'
import type { Transport } from '../ports/transport.ts'
import { createDeliveryFigures } from './delivery-figures.ts'
import { FlushQueue } from './flush-queue.ts'
import type { LogReader } from './log-reader.ts'
import type { Membership } from './membership.ts'
import { Outbox } from './outbox.ts'
import { OutgoingFrame } from './outgoing-frame.ts'
import { StallWatch } from './stall-watch.ts'

const SEND_TIMEOUT_MS = 5_000

function setUp(maxQueuedBytes = 100, logs = {} as LogReader) {
  const clock = new FakeClock()
  const writes: string[][] = []
  const closes: (number | 'terminated')[] = []
  const state = { bufferedBytes: 0, encoded: 0 }
  const transport: Transport = {
    kind: 'websocket',
    encoding: {
      encode: (_, fields) => {
        state.encoded += 1
        const bytes = Buffer.from(fields.join(''))
        return { chunks: [bytes], length: bytes.length }
      },
    },
    remoteAddress: '',
    get bufferedBytes() {
      return state.bufferedBytes
    },
    write: (frames) => writes.push(frames.map(({ chunks }) => Buffer.concat(chunks).toString())),
    ping() {},
    close: (code) => closes.push(code),
    terminate: () => closes.push('terminated'),
  }
  const figures = createDeliveryFigures()
  const outbox = new Outbox(transport, {
    flushQueue: new FlushQueue(clock),
    stallWatch: new StallWatch(clock, SEND_TIMEOUT_MS),
    logs,
    figures,
    maxQueuedBytes,
    congestedBytes: maxQueuedBytes / 4,
  })
  /** Makes the receiver read too slowly, so that frames wait. */
  const congest = async (): Promise<void> => {
    outbox.send(frame('first'))
    state.bufferedBytes = maxQueuedBytes
    await clock.settle()
    writes.length = 0
  }
  const drain = async (): Promise<void> => {
    state.bufferedBytes = 0
    outbox.drained()
    await clock.settle()
  }
  return { clock, outbox, writes, closes, state, figures, congest, drain }
}

const frame = (text: string): OutgoingFrame => new OutgoingFrame('event', text)

it('writes the frames of a tick together at its end, in order', async () => {
  const { clock, outbox, writes } = setUp()
  for (const text of ['1', '2', '3']) outbox.send(frame(text))
  expect(writes).toEqual([])
  await clock.settle()
  expect(writes).toEqual([['1', '2', '3']])
})

it('encodes a frame once for all receivers with the same encoding', async () => {
  const { clock, outbox, state } = setUp()
  const shared = frame('shared')
  outbox.send(shared)
  outbox.send(shared)
  await clock.settle()
  expect(state.encoded).toBe(1)
})

it('does not collect without limit in one tick', () => {
  const { outbox, writes } = setUp(100)
  for (let n = 0; n < 11; n += 1) outbox.send(frame('0123456789'))
  expect(writes).toHaveLength(1)
})

it('drops the oldest signals for a receiver that reads too slowly', async () => {
  const { outbox, writes, closes, figures, congest, drain } = setUp(100)
  await congest()
  outbox.signal(frame('old'.repeat(20)))
  outbox.signal(frame('new'.repeat(20)))
  expect(writes).toEqual([])
  await drain()
  expect(writes).toEqual([['new'.repeat(20)]])
  expect(figures.volatileDropped).toBe(1)
  expect(closes).toEqual([])
})

it('drops the oldest events without a log, and names their channel', async () => {
  const { outbox, writes, figures, congest, drain } = setUp(200)
  await congest()
  const position = { epoch: 'e', offset: 1 }
  const record = { channel: 'news', delivery: 'logged', position } as EventRecord
  for (const letter of ['a', 'b', 'c']) outbox.event(undefined, record, frame(letter.repeat(90)))
  await drain()
  expect(writes.flat()).toEqual([expect.stringContaining('"channel":"news"'), 'c'.repeat(90)])
  expect(figures.unloggedDropped).toBe(2)
})

it('keeps answers beyond the limit for events, in order', async () => {
  const { outbox, writes, closes, congest, drain } = setUp(100)
  await congest()
  const answers = ['a', 'b', 'c'].map((letter) => letter.repeat(60))
  for (const answer of answers) outbox.send(frame(answer))
  await drain()
  expect(writes.flat()).toEqual(answers)
  expect(closes).toEqual([])
})

it('ends a receiver that keeps asking and never reads', async () => {
  const { outbox, closes, congest, figures } = setUp(100)
  await congest()
  for (let n = 0; n < 17; n += 1) outbox.send(frame('x'.repeat(1_048_576)))
  expect(closes).toEqual([4008])
  expect(figures.closedTooSlow).toBe(1)
})

it('closes a receiver that reads nothing for the send timeout', async () => {
  const { clock, closes, congest } = setUp()
  await congest()
  await clock.advance(SEND_TIMEOUT_MS - 1)
  expect(closes).toEqual([])
  await clock.advance(SEND_TIMEOUT_MS)
  expect(closes).toEqual([4008, 'terminated'])
})

it('waits for a receiver that reads a little now and then', async () => {
  const { clock, outbox, closes, state, congest } = setUp()
  await congest()
  for (let n = 0; n < 10; n += 1) {
    await clock.advance(SEND_TIMEOUT_MS * 0.6)
    state.bufferedBytes -= 1
    outbox.signal(frame('x'))
  }
  expect(closes).toEqual([])
})

it('is as fast as before once everything waiting was read', async () => {
  const { clock, outbox, writes, congest, drain } = setUp()
  await congest()
  outbox.send(frame('waits'))
  await drain()
  expect(outbox.isSlow).toBe(false)
  outbox.send(frame('next'))
  await clock.settle()
  expect(writes).toEqual([['waits'], ['next']])
})

it('writes what was collected before it closes, and nothing after', async () => {
  const { clock, outbox, writes, closes } = setUp()
  outbox.send(frame('reply'))
  outbox.close(1012, '')
  outbox.send(frame('late'))
  await clock.settle()
  expect(writes).toEqual([['reply']])
  expect(closes).toEqual([1012])
})

it('continues within a fifth of the send timeout if the transport does not report that it drained', async () => {
  const { clock, outbox, writes, state, congest } = setUp()
  await congest()
  outbox.send(frame('waits'))
  await clock.settle()
  expect(writes).toEqual([])
  state.bufferedBytes = 0
  await clock.advance(SEND_TIMEOUT_MS / 5)
  expect(writes).toEqual([['waits']])
  expect(outbox.isSlow).toBe(false)
})

it('is no longer slow once the last page of a log was read at once', async () => {
  const at = (offset: number) => ({ epoch: 'e', offset })
  const missed = { channel: 'a', payload: '"missed"', position: at(2), timestampMs: 0 }
  const logs = {
    read: async () => ok({ events: [missed], top: at(2), isEnd: true }),
    isFor: () => true,
  } as unknown as LogReader
  const membership = { channel: 'a', isPattern: false, cover() {} } as unknown as Membership
  const { outbox, writes, congest, drain } = setUp(100, logs)
  await congest()
  outbox.fallBehind(membership, at(1), at(2))
  expect(outbox.behind).toBe(1)
  await drain()
  expect(writes).toEqual([[expect.stringContaining('"missed"')]])
  expect(outbox.isSlow).toBe(false)
})

it('resolves when queued frames are sent: at once, when a slow receiver read them, or at the end', async () => {
  const { clock, outbox, congest, drain } = setUp()
  let taken = 0
  const wait = (): void => void outbox.taken().then(() => (taken += 1))
  wait()
  await clock.settle()
  expect(taken).toBe(1)
  outbox.send(frame('a'))
  wait()
  await Promise.resolve()
  expect(taken).toBe(1)
  await clock.settle()
  expect(taken).toBe(2)
  await congest()
  outbox.send(frame('b'))
  wait()
  await clock.settle()
  expect(taken).toBe(2)
  await drain()
  expect(taken).toBe(3)
  await congest()
  wait()
  outbox.end()
  await clock.settle()
  expect(taken).toBe(4)
})
