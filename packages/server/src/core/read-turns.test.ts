import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { Clock } from '../ports/clock.ts'
import { ReadTurns } from './read-turns.ts'

const KIBIBYTE = 1_024

/** A clock whose ticks are run one by one. */
function steppedClock() {
  const clock = new FakeClock()
  const ticks: (() => void)[] = []
  const stepped: Clock = {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    setTimer: (run, delayMs) => clock.setTimer(run, delayMs),
    afterTick: (run) => void ticks.push(run),
  }
  /** Ends a tick of this duration, and lets its continuations run. */
  const endTick = async (tickMs = 0): Promise<void> => {
    await clock.advance(tickMs)
    for (const run of ticks.splice(0)) run()
    await clock.settle()
  }
  return { stepped, endTick, settle: () => clock.settle() }
}

function setUp(readers: number, kibibytes: number) {
  const { stepped, endTick, settle } = steppedClock()
  const turns = new ReadTurns(stepped)
  const read: number[] = []
  const begin = async (reader: number): Promise<void> => {
    await turns.next()
    read.push(reader)
    turns.spend(kibibytes * KIBIBYTE)
  }
  for (let reader = 0; reader < readers; reader += 1) void begin(reader)
  return { read, endTick, settle }
}

it('lets all reads start in order, and no more per tick than its budget', async () => {
  const { read, endTick, settle } = setUp(100, 128)
  await settle()
  const counts = [read.length]
  while (read.length < 100) {
    await endTick()
    counts.push(read.length - counts.reduce((sum, count) => sum + count, 0))
  }
  expect(read).toEqual(Array.from({ length: 100 }, (_, reader) => reader))
  expect(Math.max(...counts)).toBeLessThanOrEqual(8)
  expect(counts.length).toBeGreaterThanOrEqual((100 * 128) / 512)
})

it('subtracts the excess of a long read from the following ticks', async () => {
  const { read, endTick, settle } = setUp(20, 4 * KIBIBYTE)
  await settle()
  const first = read.length
  expect(first).toBeLessThanOrEqual(8)
  for (let tick = 0; tick < 6; tick += 1) await endTick()
  expect(read).toHaveLength(first)
})

it('allows more reads where ticks are long for other reasons, so that readers do not fall behind', async () => {
  const { read, endTick, settle } = setUp(200, 64)
  await settle()
  const before = read.length
  await endTick(20)
  expect(read.length - before).toBeGreaterThan(4 * 8)
})
