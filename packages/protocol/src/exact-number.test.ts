import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isExactNumber } from './exact-number.ts'

it.each([
  '0',
  '-0',
  '-0.0e-999',
  '1',
  '1.0',
  '100',
  '1E2',
  '0.1',
  '0.10000000000000001', // as C prints it with 17 digits
  '0.1000000000000000055511151231257827', // the first digits of what a double is
  '9007199254740992',
  '9007199254740991',
  '100000000000000000000000',
  '1.7976931348623157e308',
  '5e-324',
  '1.50000000000000000000000000',
])('keeps %s', (text) => expect(isExactNumber(text)).toBe(true))

it.each([
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890',
  '0.12345678901234567890123',
  '1e400',
  '-1e400',
  '1e-400',
  `1${'0'.repeat(400)}`,
  `0.${'0'.repeat(400)}1`,
  `1.${'3'.repeat(200)}`,
])('does not keep %s', (text) => expect(isExactNumber(text)).toBe(false))

it('keeps every double, however it is written', () => {
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(doubles, fc.integer({ min: 17, max: 60 }), (value, digits) => {
      expect(isExactNumber(JSON.stringify(value))).toBe(true)
      expect(isExactNumber(value.toPrecision(digits))).toBe(true)
      expect(isExactNumber(value.toExponential(digits))).toBe(true)
    }),
  )
})

it('keeps an integer exactly where a double is that integer, or is written as it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
      const value = Number(integer)
      const isKept = BigInt(value) === integer || String(value) === `${integer}`
      expect(isExactNumber(`${integer}`)).toBe(isKept)
    }),
  )
})
