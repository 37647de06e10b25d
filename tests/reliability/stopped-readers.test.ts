import { RealtimeHub } from '@coterie/server'
import type { Encoding, Transport } from '@coterie/server/transport'
import { FakeClock, SeededRandom, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'

const CHANNEL = 'log:1'
const EVENTS = 100
const READERS = 20
const KILOBYTE = 'x'.repeat(1_000)

/** Readers whose frames are encoded in one way, which counts what it makes. */
async function setUp() {
  const clock = new FakeClock()
  const hub = new RealtimeHub({
    clock,
    random: new SeededRandom(1),
    engine: 'memory',
    store: 'memory',
    channels: {
      'log:*': { history: { size: 10_000, ttlMs: 600_000 }, subscribe: 'authenticated' },
    },
    limits: { sendTimeoutMs: 600_000, queuedBytes: 100_000 },
  })
  await hub.start()
  const made = { frames: 0 }
  const encoding: Encoding = {
    encode: (type, fields) => {
      made.frames += 1
      const bytes = Buffer.from(JSON.stringify([type, fields.join('')]))
      return { chunks: [bytes], length: bytes.length }
    },
  }
  const open = (n: number) => {
    const reader = { bufferedBytes: 0, isStopped: false, events: 0 }
    const transport: Transport = {
      kind: 'websocket',
      encoding,
      remoteAddress: '',
      get bufferedBytes() {
        return reader.bufferedBytes
      },
      write: (frames) => {
        for (const { length, chunks } of frames) {
          if (reader.isStopped) reader.bufferedBytes += length
          if (Buffer.from(chunks[0] ?? []).toString('latin1', 0, 8) === '["event"')
            reader.events += 1
        }
      },
      ping() {},
      close() {},
      terminate() {},
    }
    const peer = hub.connect(transport, testPrincipal(`reader-${n}`))
    peer.receive(JSON.stringify({ type: 'subscribe', id: '1', channel: CHANNEL }))
    const readOn = (): void => {
      reader.isStopped = false
      reader.bufferedBytes = 0
      peer.drained()
    }
    return { reader, readOn }
  }
  const readers = Array.from({ length: READERS }, (_, n) => open(n))
  await clock.settle()
  const publish = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      await Promise.all([hub.publish(CHANNEL, 'm', KILOBYTE), clock.settle()])
    }
  }
  return { clock, hub, made, readers, publish }
}

it('makes each frame once for all who stopped reading and read on, and holds none of them meanwhile', async () => {
  const { clock, hub, made, readers, publish } = await setUp()
  for (const { reader } of readers) reader.isStopped = true
  made.frames = 0
  await publish(2 * EVENTS)
  expect(made.frames).toBe(2 * EVENTS)
  // For each: a quarter of the bound in the transport, and a queue.
  expect(hub.figures().queuedBytes).toBeLessThan(READERS * 130_000)
  await publish(2 * EVENTS)
  expect(hub.figures().queuedBytes).toBeLessThan(READERS * 130_000)
  made.frames = 0
  for (const { readOn } of readers) readOn()
  await clock.advance(1_000)
  expect(readers.map(({ reader }) => reader.events)).toEqual(readers.map(() => 4 * EVENTS))
  expect(made.frames).toBeLessThanOrEqual(4 * EVENTS)
  expect(hub.figures()).toMatchObject({ queuedBytes: 0, slowConnections: 0 })
})
