import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { silentLogger } from '../ports/logger.ts'
import { DueTimer } from './due-timer.ts'

const HOUR_MS = 3_600_000

function setUp(maxIdleMs?: number) {
  const clock = new FakeClock()
  const startMs = clock.elapsed()
  /** When each run began, in ms since the start. */
  const runs: number[] = []
  const work = {
    isFailing: false,
    during: async (): Promise<number | undefined> => undefined,
  }
  const timer = new DueTimer({
    clock,
    logger: silentLogger,
    failure: 'the work failed',
    maxIdleMs,
    run: async () => {
      runs.push(clock.elapsed() - startMs)
      if (work.isFailing) throw new Error('on purpose')
      return work.during()
    },
  })
  return { clock, runs, work, timer }
}

it('runs at the earliest expected moment, with one timer', async () => {
  const { clock, runs, timer } = setUp()
  for (const inMs of [3_000, 1_000, 2_000]) timer.expect(clock.now() + inMs)
  expect(clock.pendingTimers).toBe(1)
  await clock.advance(10_000)
  expect(runs).toEqual([1_000])
  expect(clock.pendingTimers).toBe(0)
})

it('runs again when its work says that more is due', async () => {
  const { clock, runs, work, timer } = setUp()
  work.during = async () => (runs.length < 3 ? clock.now() + 5_000 : undefined)
  timer.wake()
  await clock.advance(60_000)
  expect(runs).toEqual([0, 5_000, 10_000])
})

it('retries soon when due work was not done because another process has it', async () => {
  const { clock, runs, work, timer } = setUp()
  work.during = async () => (runs.length < 3 ? clock.now() - 1 : undefined)
  timer.wake()
  await clock.advance(1_000)
  expect(runs).toEqual([0, 50, 100])
})

it('runs again at once when it is woken during a run, never two runs at a time', async () => {
  const { clock, runs, work, timer } = setUp()
  let active = 0
  let most = 0
  work.during = async () => {
    active += 1
    most = Math.max(most, active)
    if (runs.length === 1) {
      timer.wake()
      timer.expect(clock.now())
    }
    await Promise.resolve()
    active -= 1
    return undefined
  }
  timer.wake()
  await clock.advance(0)
  expect([runs.length, most]).toEqual([2, 1])
  await timer.stop()
})

it('repeats a failed run after growing pauses, whatever wakes it meanwhile', async () => {
  const { clock, runs, work, timer } = setUp()
  work.isFailing = true
  timer.wake()
  await clock.settle()
  for (let second = 0; second < 7; second += 1) {
    timer.wake()
    timer.expect(clock.now())
    await clock.advance(1_000)
  }
  expect(runs).toEqual([0, 1_000, 3_000, 7_000])
  work.isFailing = false
  await clock.advance(8_000)
  expect(runs.at(-1)).toBe(15_000)
  timer.wake()
  expect(runs).toHaveLength(6)
})

it('repeats a failed run at the same time, wherever the wall clock is set', async () => {
  const { clock, runs, work, timer } = setUp()
  work.isFailing = true
  timer.wake()
  await clock.settle()
  clock.jumpWallClock(-HOUR_MS)
  await clock.advance(1_000)
  expect(runs).toEqual([0, 1_000])
})

it('is a minute late at most when the wall clock is set forward', async () => {
  const { clock, runs, timer } = setUp()
  timer.expect(clock.now() + 2 * HOUR_MS)
  clock.jumpWallClock(2 * HOUR_MS)
  await clock.advance(60_000)
  expect(runs).toEqual([60_000])
})

it('runs at the longest idle interval when nothing is due, wherever the wall clock is set', async () => {
  const { clock, runs, timer } = setUp(60_000)
  timer.wake()
  await clock.advance(60_000)
  clock.jumpWallClock(-HOUR_MS)
  await clock.advance(60_000)
  expect(runs).toEqual([0, 60_000, 120_000])
})

it('begins no further run once it is stopped, and waits for the one under way', async () => {
  const { clock, runs, work, timer } = setUp()
  let finish = (): void => {}
  work.during = () =>
    new Promise((resolve) => {
      finish = () => resolve(clock.now())
    })
  timer.wake()
  await clock.settle()
  let isStopped = false
  const stopped = timer.stop().then(() => {
    isStopped = true
  })
  await clock.settle()
  expect([timer.isStopped, isStopped]).toEqual([true, false])
  finish()
  await stopped
  timer.wake()
  timer.expect(clock.now())
  await clock.advance(60_000)
  expect(runs).toEqual([0])
  expect(clock.pendingTimers).toBe(0)
})
