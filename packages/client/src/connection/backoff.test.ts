import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createBackoff } from './backoff.ts'

it('doubles its ceiling with each failure, up to the highest', () => {
  const ceiling = createBackoff(1_000, 30_000, () => 1)
  expect([0, 1, 2, 3, 4, 5, 6].map(ceiling)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ])
})

it('waits anything from nothing to the ceiling, however many failures there were', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(chance, fc.nat({ max: 10_000 }), (random, failures) => {
      const delayMs = createBackoff(1_000, 30_000, () => random)(failures)
      return delayMs >= 0 && delayMs <= Math.min(30_000, 1_000 * 2 ** failures)
    }),
  )
})
