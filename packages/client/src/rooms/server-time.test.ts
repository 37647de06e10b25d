import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { ServerTime } from './server-time.ts'

const HOUR_MS = 3_600_000
const text = (timeMs: number): string => new Date(timeMs).toISOString()

it.each([0, HOUR_MS, -HOUR_MS])('turns times of a server %d ms behind into its own', (aheadMs) => {
  const clock = new FakeClock()
  const time = new ServerTime(clock)
  time.heard(text(clock.now() - aheadMs))
  const then = clock.now() - 90_000
  expect(time.toLocal(text(then - aheadMs))).toBe(then)
  expect(time.toLocal(text(clock.now() - aheadMs + 5)), 'not in the future').toBe(clock.now())
})

it('takes what it cannot date for what happens now', () => {
  const clock = new FakeClock()
  const time = new ServerTime(clock)
  expect(time.toLocal(text(0)), 'before the server said its time').toBe(clock.now())
  time.heard('soon')
  expect(time.toLocal(text(0)), 'the server said no time').toBe(clock.now())
  time.heard(text(clock.now()))
  expect([time.toLocal(undefined), time.toLocal('soon')]).toEqual([clock.now(), clock.now()])
})
