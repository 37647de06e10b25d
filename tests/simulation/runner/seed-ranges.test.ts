import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countSeeds, slicesOf, withRange } from './seed-ranges.ts'

it('runs every seed once, wherever it was stopped before', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.nat(20))
    .map(([from, length]) => ({ from, to: from + length }))
  fc.assert(
    fc.property(fc.array(range), range, fc.integer({ min: 1, max: 9 }), (ranges, asked, size) => {
      let done: ReturnType<typeof withRange> = []
      for (const each of ranges) done = withRange(done, each)
      const isDone = (seed: number): boolean =>
        ranges.some(({ from, to }) => from <= seed && seed <= to)
      const seeds = Array.from({ length: asked.to - asked.from + 1 }, (_, n) => asked.from + n)
      const run = [...slicesOf(asked, done, size)].flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, n) => from + n),
      )
      expect(run).toEqual(seeds.filter((seed) => !isDone(seed)))
      for (const { from, to } of slicesOf(asked, done, size)) done = withRange(done, { from, to })
      expect([...slicesOf(asked, done, size)]).toEqual([])
      expect(countSeeds(done)).toBe(
        new Set(
          [...ranges, asked].flatMap(({ from, to }) =>
            Array.from({ length: to - from + 1 }, (_, n) => from + n),
          ),
        ).size,
      )
    }),
  )
})
