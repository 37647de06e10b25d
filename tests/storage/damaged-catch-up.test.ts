import { err, type GapFrame, ok, type ServerFrame } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import type { Engine, EventRecord } from '@coterie/server/engine'
import { createTestHub, FakeClock, SeededRandom, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'

const TEXT = 'x'.repeat(200)
const isGap = (frame: ServerFrame): frame is GapFrame => frame.type === 'gap'

// An engine whose file holds events that cannot be read.
function damagedEngine(clock: FakeClock, isDamaged: (offset: number) => boolean): Engine {
  const engine = createMemoryEngine({ clock, random: new SeededRandom(1) })
  const { read } = engine
  engine.read = async (channel, options) => {
    const page = await read.call(engine, channel, options)
    if (!page.ok) return page
    const offsetOf = ({ position }: EventRecord): number => position?.offset ?? 0
    const damaged = page.value.events.map(offsetOf).filter(isDamaged)
    if (damaged.length === 0) return page
    if (options.since && !options.reverse && !options.partial) return err('damaged')
    const { epoch } = page.value.top
    const holes = damaged.map((offset) => ({
      after: { epoch, offset: offset - 1 },
      next: { epoch, offset: offset + 1 },
    }))
    const events = page.value.events.filter((record) => !isDamaged(offsetOf(record)))
    return ok({ ...page.value, events, damaged: holes })
  }
  return engine
}

it('tells of damaged events in their place, and goes on behind them', async () => {
  const clock = new FakeClock()
  const engine = damagedEngine(clock, (offset) => offset === 80 || offset === 120)
  const { hub, connect } = await createTestHub({
    clock,
    engine,
    limits: { queuedBytes: 4_000 },
    channels: { 'log:*': { history: { size: 1_000, ttlMs: 60_000 } } },
  })
  const grants = [{ channels: '#', actions: ['*'] as const }]
  const bob = await connect('bob', 0, testPrincipal('bob', { grants }))
  await bob.subscribe('log:1')
  bob.socket.pause()
  for (let n = 0; n < 300; n += 1) {
    await hub.publish('log:1', 'message', `${n} ${TEXT}`)
    if (n % 7 === 0) await clock.settle()
  }
  bob.socket.resume()
  await clock.until(() => bob.payloads('log:1').length === 298)
  const numbers = bob.payloads('log:1').map((payload) => Number.parseInt(String(payload), 10))
  const all = Array.from({ length: 300 }, (_, n) => n)
  expect(numbers).toEqual(all.filter((n) => n !== 79 && n !== 119))
  const told = bob.frames.filter(
    (frame) => frame.type === 'event' || (isGap(frame) && frame.channel === 'log:1'),
  )
  const gaps = told.filter(isGap)
  expect(gaps).toMatchObject([{ reason: 'damaged' }, { reason: 'damaged' }])
  expect(gaps.map(({ after }) => after?.split(':')[1])).toEqual(['79', '119'])
  const [first] = gaps
  const before = told[told.indexOf(first as ServerFrame) - 1]
  expect(before).toMatchObject({ position: first?.after })
})
