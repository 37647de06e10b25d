import { expect, it } from 'vitest'
import { errorText } from './error-text.ts'

it.each([
  [new Error('refused'), 'refused'],
  [new TypeError(''), 'TypeError'],
  ['thrown as text', 'thrown as text'],
  [undefined, 'undefined'],
  ['', 'unknown error'],
  [new Error('\r\n'), 'unknown error'],
])('tells %o in a line', (error, text) => {
  expect(errorText(error)).toBe(text)
})

it('cannot forge a line of a log or control a terminal', () => {
  const forged = new Error('no\r\n{"level":"fatal"}\u001b[2J\u0085\u2028\u2029\u202eend\u0000')
  expect(errorText(forged)).toBe('no {"level":"fatal"} [2J end')
})

it('holds 500 characters at most, and no half of a character', () => {
  expect(errorText(new Error('x'.repeat(10_000)))).toHaveLength(500)
  expect(errorText(`${'x'.repeat(499)}😀`)).toBe(`${'x'.repeat(499)}\uFFFD`)
})
