import { expect, it } from 'vitest'
import { GrowingText } from './growing-text.ts'

it('is its pieces with separators between them, whatever their length', () => {
  const text = new GrowingText(',')
  const pieces = ['a', 'ü€😀', 'x'.repeat(10_000), '', 'y']
  for (const piece of pieces) text.append(piece)
  expect(text.bytes.toString()).toBe(pieces.join(','))
})

it('leaves what it returned as it was', () => {
  const text = new GrowingText(',')
  expect(text.bytes.toString()).toBe('')
  text.append('a')
  const before = text.bytes
  for (let n = 0; n < 5_000; n += 1) text.append('b')
  expect(before.toString()).toBe('a')
})
