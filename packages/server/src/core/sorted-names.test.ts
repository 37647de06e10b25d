import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SortedNames } from './sorted-names.ts'

const name = fc.nat({ max: 3_000 }).map((number) => `room:${number}`)

it('keeps names in the order of a sorted list', () => {
  const step = fc.record({ name, isAdded: fc.boolean() })
  fc.assert(
    fc.property(fc.array(name), fc.array(step, { size: '+1' }), name, (first, steps, after) => {
      const names = new SortedNames(first)
      const model = new Set(first)
      for (const { name: each, isAdded } of steps) {
        if (isAdded) names.add(each)
        else names.remove(each)
        if (isAdded) model.add(each)
        else model.delete(each)
      }
      const sorted = [...model].sort()
      expect([...names.after()]).toEqual(sorted)
      expect([...names.after(after)]).toEqual(sorted.filter((each) => each > after))
    }),
  )
})

it('holds very many names, in whatever order they are added and removed', () => {
  const all = Array.from({ length: 5_000 }, (_, index) => `n${(index * 7_919) % 5_000}`)
  const names = new SortedNames()
  for (const each of all) names.add(each)
  expect([...names.after()]).toEqual([...all].sort())
  for (const each of all.slice(10)) names.remove(each)
  expect([...names.after()]).toEqual(all.slice(0, 10).sort())
})
