import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cutText, isWellFormedJson } from './well-formed.ts'

const anyText = fc.string({ unit: 'binary' })
const units = fc
  .array(
    fc.oneof(
      fc.constantFrom('\ud83d', '\ude00', '\\', '"', 'u', 'a', '\u2028', '\0'),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    ),
  )
  .map((characters) => characters.join(''))

it('finds halves of characters whether they are escaped or not', () => {
  fc.assert(
    fc.property(fc.oneof(units, anyText), fc.boolean(), (text, isRaw) => {
      // What is written by `JSON.stringify` has its halves escaped; others write them as they are.
      const json = JSON.stringify({ [text]: [text] })
      const given = isRaw ? json.replace(/\\u(d[89a-f]..)/g, raw) : json
      if (JSON.stringify(JSON.parse(given)) !== json) return
      expect(isWellFormedJson(given)).toBe(text.isWellFormed())
    }),
  )
})

const raw = (_: string, code: string): string => String.fromCharCode(Number.parseInt(code, 16))

it.each([
  ['"\\ud83d\\ude00"', true],
  ['"\\uD83D\\uDE00"', true],
  ['"\\ud83d"', false],
  ['"\\ude00\\ud83d"', false],
  ['"\\ud83d\\ud83d\\ude00"', false],
  ['"\\ud83d \\ude00"', false],
  ['"\\ud83d\\n\\ude00"', false],
  ['"\\\\ud83d"', true],
  ['"\\\\\\ud83d"', false],
  ['{"\\ud83d":1}', false],
])('tells of %s that it is whole: %s', (text, isWhole) => {
  expect(isWellFormedJson(text)).toBe(isWhole)
})

it('never cuts through a character', () => {
  fc.assert(
    fc.property(anyText, fc.nat(20), (text, length) => {
      const cut = cutText(text, length)
      expect(text.startsWith(cut)).toBe(true)
      expect(cut.length).toBeLessThanOrEqual(length)
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, length) - 1)
      expect(cut.isWellFormed()).toBe(text.isWellFormed() || cut.isWellFormed())
      if (text.isWellFormed()) expect(cut.isWellFormed()).toBe(true)
    }),
  )
})
