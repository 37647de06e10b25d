import { setImmediate } from 'node:timers/promises'
import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { FairQueue } from './fair-queue.ts'

/** A clock whose ticks a test runs one by one. */
class SteppedClock extends FakeClock {
  #next: (() => void)[] = []
  #elapsedMs = 0

  override elapsed(): number {
    return this.#elapsedMs
  }

  override afterTick(run: () => void): void {
    this.#next.push(run)
  }

  work(ms: number): void {
    this.#elapsedMs += ms
  }

  get hasTicks(): boolean {
    return this.#next.length > 0
  }

  tick(): void {
    const due = this.#next
    this.#next = []
    for (const run of due) run()
  }

  /** Runs a tick like a real event loop: the promises of one callback settle before the next. */
  async wholeTick(): Promise<void> {
    const due = this.#next
    this.#next = []
    for (const run of due) {
      run()
      await setImmediate()
    }
  }
}

function createQueue(costMs = 0) {
  const clock = new SteppedClock()
  const begun: string[] = []
  const queue = new FairQueue<string, string>(clock, (item) => {
    clock.work(costMs)
    begun.push(item)
  })
  const add = (source: string, count: number, units?: number): void => {
    for (let n = 0; n < count; n += 1) queue.add(source, `${source}${n}`, units)
  }
  return { add, begun, clock }
}

it('starts at once what fits into a tick', () => {
  const { add, begun } = createQueue()
  add('a', 200)
  expect(begun).toHaveLength(200)
})

it('starts 256 of 5,000 in each tick', () => {
  const { add, begun, clock } = createQueue()
  add('a', 5_000)
  let before = begun.length
  expect(before).toBe(256)
  while (clock.hasTicks) {
    clock.tick()
    expect(begun.length - before).toBeLessThanOrEqual(256)
    before = begun.length
  }
  expect(begun).toEqual(Array.from({ length: 5_000 }, (_, n) => `a${n}`))
})

it('starts the work of another source in the next tick, beside thousands of one source', () => {
  const { add, begun, clock } = createQueue()
  add('a', 5_000)
  add('b', 1)
  clock.tick()
  expect(begun.indexOf('b0')).toBe(257)
})

it('counts expensive work as more units', () => {
  const { add, begun, clock } = createQueue()
  add('a', 40, 100)
  expect(begun).toHaveLength(3)
  clock.tick()
  // The third overdrew the first tick by 44.
  expect(begun).toHaveLength(6)
})

it('stops starting work in a tick that has taken long, and continues in the next', () => {
  const { add, begun, clock } = createQueue(6)
  add('a', 6)
  expect(begun).toHaveLength(2)
  clock.tick()
  expect(begun).toHaveLength(4)
  clock.tick()
  expect(begun).toHaveLength(6)
})

it('counts the time that work spends in promises', async () => {
  const clock = new SteppedClock()
  let done = 0
  const queue = new FairQueue<string, number>(clock, async () => {
    await Promise.resolve()
    clock.work(6)
    done += 1
  })
  for (let n = 0; n < 300; n += 1) queue.add('a', n)
  await setImmediate()
  const atOnce = done
  await clock.wholeTick()
  expect(done - atOnce).toBe(2)
  while (clock.hasTicks) await clock.wholeTick()
  expect(done).toBe(300)
})

it('stops scheduling ticks once everything has started', () => {
  const { add, clock } = createQueue()
  add('a', 300)
  for (let tick = 0; tick < 4; tick += 1) clock.tick()
  expect(clock.hasTicks).toBe(false)
})

it('bounds how much waits, and starts the rest at once', () => {
  const { add, begun } = createQueue()
  add('a', 20_000)
  add('b', 1)
  expect(begun).toHaveLength(20_001 - 16_384)
})
