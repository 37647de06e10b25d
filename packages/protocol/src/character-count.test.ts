import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { isOfLength } from './character-count.ts'

it('counts as the schemas of frames do, whatever a text is made of', () => {
  const text = fc.array(fc.constantFrom('a', 'ü', '€', '😀', '\ud83d', '\ude00', 'e\u0301'))
  fc.assert(
    fc.property(text, fc.nat(6), fc.nat(12), (pieces, min, more) => {
      const given = pieces.join('')
      const schema = z
        .string()
        .min(min)
        .max(min + more)
      expect(isOfLength(given, min, min + more)).toBe(schema.safeParse(given).success)
    }),
  )
})

it('finds nothing but texts to have a length', () => {
  for (const value of [undefined, null, 5, ['a'], { length: 1 }]) {
    expect(isOfLength(value, 0, 10)).toBe(false)
  }
})
