import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { Throttle } from './throttle.ts'

function createThrottle(intervalMs: number) {
  const clock = new FakeClock()
  const ranAt: number[] = []
  const throttle = new Throttle(clock, { name: 'throttle', intervalMs }, () =>
    ranAt.push(clock.elapsed()),
  )
  return { clock, ranAt, throttle }
}

it('runs at once, then at most once in an interval, and after the last call', async () => {
  const { clock, ranAt, throttle } = createThrottle(50)
  for (let n = 0; n < 12; n += 1) {
    throttle.call()
    await clock.advance(10)
  }
  await clock.advance(1_000)
  expect(ranAt).toEqual([0, 50, 100, 150])
})

it('runs at once again after a quiet interval, and keeps no timer when quiet', async () => {
  const { clock, ranAt, throttle } = createThrottle(50)
  throttle.call()
  await clock.advance(60)
  expect(clock.pendingTimers).toBe(0)
  throttle.call()
  expect(ranAt).toEqual([0, 60])
})

it('keeps its pace while the wall clock jumps', async () => {
  const { clock, ranAt, throttle } = createThrottle(50)
  throttle.call()
  clock.jumpWallClock(-3_600_000)
  throttle.call()
  await clock.advance(50)
  expect(ranAt).toEqual([0, 50])
})

it('does not run after it was stopped', async () => {
  const { clock, ranAt, throttle } = createThrottle(50)
  throttle.call()
  throttle.call()
  throttle.stop()
  await clock.advance(100)
  expect(ranAt).toEqual([0])
})

it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
  'refuses an interval of %s ms',
  (intervalMs) => {
    expect(() => createThrottle(intervalMs)).toThrow(
      /^throttle: .* is not allowed; expected ms from/,
    )
  },
)
