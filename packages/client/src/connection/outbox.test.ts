import { DEFAULT_LIMITS, type RealtimeError } from '@coterie/protocol'
import { FakeClock } from '@coterie/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createWorld } from '../scripted/scripted-world.ts'
import { Outbox } from './outbox.ts'

function createOutbox(perSecond = 10, burst = 5) {
  const clock = new FakeClock(0)
  const sent: string[] = []
  const outbox = new Outbox(clock, (text) => sent.push(text))
  outbox.pace({ ...DEFAULT_LIMITS, frames_per_second: perSecond, frames_burst: burst })
  return { clock, sent, outbox }
}

it('sends a burst at once and the rest as the pace allows, in order', async () => {
  const { clock, sent, outbox } = createOutbox()
  const texts = Array.from({ length: 12 }, (_, index) => `${index}`)
  for (const text of texts) outbox.push({ text })
  expect(sent).toHaveLength(4)
  await clock.advance(500)
  expect(sent).toHaveLength(8)
  await clock.advance(500)
  expect(sent).toEqual(texts)
  expect(clock.pendingTimers).toBe(0)
})

it('lets what is urgent go before everything that waits', async () => {
  const { clock, sent, outbox } = createOutbox(10, 1)
  for (const text of ['a', 'b', 'c']) outbox.push({ text })
  outbox.push({ text: 'ping', isUrgent: true })
  await clock.advance(1_000)
  expect(sent).toEqual(['a', 'ping', 'b', 'c'])
})

it('lets what is not urgent have every other turn', async () => {
  const { clock, sent, outbox } = createOutbox(10, 1)
  for (const text of ['a', 'b', 'c']) outbox.push({ text })
  for (const text of ['1', '2', '3', '4']) outbox.push({ text, isUrgent: true })
  await clock.advance(1_000)
  expect(sent).toEqual(['a', '1', 'b', '2', 'c', '3', '4'])
})

it('keeps the newest of what has the same key, in the place of the oldest', async () => {
  const { clock, sent, outbox } = createOutbox(10, 1)
  const dropped: RealtimeError[] = []
  outbox.push({ text: 'first' })
  for (const text of ['x1', 'x2', 'x3']) {
    outbox.push({ text, conflationKey: 'x', onDropped: (error) => dropped.push(error) })
    outbox.push({ text: `after ${text}` })
  }
  await clock.advance(1_000)
  expect(sent).toEqual(['first', 'x3', 'after x1', 'after x2', 'after x3'])
  expect(dropped.map(({ code }) => code)).toEqual(['unavailable', 'unavailable'])
})

it('drops volatile frames when too much waits', () => {
  const { outbox } = createOutbox(1, 1)
  let drops = 0
  for (let n = 0; n < 100; n += 1) {
    outbox.push({ text: `${n}`, isVolatile: true, onDropped: () => (drops += 1) })
  }
  expect(drops).toBe(19)
})

it('never sends more than the server takes, whatever the clock does', async () => {
  const steps = fc.array(
    fc.record({ frames: fc.nat({ max: 30 }), passMs: fc.nat({ max: 2_000 }), jump: fc.boolean() }),
    { maxLength: 20 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const clock = new FakeClock(0)
      const sentAtMs: number[] = []
      const outbox = new Outbox(clock, () => sentAtMs.push(clock.elapsed()))
      for (const { frames, passMs, jump } of plan) {
        for (let n = 0; n < frames; n += 1) outbox.push({ text: '' })
        // Backwards only: time that did not pass must not count as passed.
        if (jump) clock.jumpWallClock(-3_600_000)
        await clock.advance(passMs)
      }
      for (const [index, startMs] of sentAtMs.entries()) {
        for (const [offset, endMs] of sentAtMs.slice(index).entries()) {
          const allowed = DEFAULT_LIMITS.frames_burst * 0.8 + ((endMs - startMs) / 1_000) * 40
          expect(offset + 1).toBeLessThanOrEqual(allowed + 1)
        }
      }
    }),
    { numRuns: 25 },
  )
})

it('keeps to the limits that the server names', () => {
  const { client, newest } = createWorld()
  client.connect()
  newest().welcome({ limits: { frames_per_second: 10, frames_burst: 5 } })
  for (let n = 0; n < 10; n += 1) void client.channel(`room:${n}`).subscribe()
  expect(newest().sent).toHaveLength(4)
})

it('joins 256 channels again without ever being refused for its pace', async () => {
  const { client, clock, connect } = createWorld()
  const joins = Array.from({ length: 256 }, (_, n) => client.channel(`room:${n}`).subscribe())
  const socket = await connect()
  const startMs = clock.now()
  let answered = 0
  let turns = 100
  let filledAtMs = startMs
  while (answered < 256) {
    while (socket.has('subscribe')) {
      turns = Math.min(100, turns + ((clock.now() - filledAtMs) / 1_000) * 50)
      filledAtMs = clock.now()
      turns -= 1
      expect(turns).toBeGreaterThanOrEqual(0)
      socket.reply(socket.take('subscribe'), { events: [], position: null, recovered: false })
      answered += 1
    }
    await clock.advance(5)
  }
  await Promise.all(joins)
  expect(clock.now() - startMs).toBeLessThan(5_000)
})

it('sends no more bytes at once than the server takes, and the rest as the pace allows', async () => {
  const clock = new FakeClock(0)
  const sent: string[] = []
  const outbox = new Outbox(clock, (text) => sent.push(text))
  outbox.pace({ ...DEFAULT_LIMITS, bytes_per_second: 1_000, bytes_burst: 5_000 })
  for (let n = 0; n < 6; n += 1) outbox.push({ text: 'é'.repeat(500) })
  expect(sent).toHaveLength(4)
  await clock.advance(1_250)
  expect(sent).toHaveLength(5)
  await clock.advance(1_250)
  expect(sent).toHaveLength(6)
  expect(clock.pendingTimers).toBe(0)
})

it('keeps to no pace of bytes where a server says none', () => {
  const { outbox, sent } = createOutbox()
  outbox.pace({ ...DEFAULT_LIMITS, bytes_per_second: 0, bytes_burst: 1 })
  for (let n = 0; n < 60; n += 1) outbox.push({ text: 'x'.repeat(60_000) })
  expect(sent).toHaveLength(60)
})
