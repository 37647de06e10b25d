import { SeededRandom } from '@coterie/testing'
import { expect, it } from 'vitest'
import { retryPauseMs } from './retry-schedule.ts'

const middle = { next: () => 0.5 }

it('pauses longer after each attempt, and not after the eighth', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map((attempts) => retryPauseMs(attempts, middle))
  const MINUTE_MS = 60_000
  expect(pauses).toEqual([
    5_000,
    30_000,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    120 * MINUTE_MS,
    360 * MINUTE_MS,
    undefined,
  ])
})

it('spreads pauses by a fifth either way', () => {
  const random = new SeededRandom(1)
  const pauses = Array.from({ length: 1_000 }, () => retryPauseMs(1, random) ?? 0)
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(4_000)
  expect(Math.min(...pauses)).toBeLessThan(4_050)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(6_000)
  expect(Math.max(...pauses)).toBeGreaterThan(5_950)
})

it('waits as long as the other side asks for, up to a day, but never less', () => {
  expect(retryPauseMs(1, middle, 60_000)).toBe(60_000)
  expect(retryPauseMs(1, middle, 1_000)).toBe(5_000)
  expect(retryPauseMs(1, middle, 10 ** 12)).toBe(86_400_000)
  expect(retryPauseMs(8, middle, 60_000)).toBeUndefined()
})
