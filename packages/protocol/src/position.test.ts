import { expect, it } from 'vitest'
import { formatPosition, parsePosition } from './position.ts'

it('reads back what it formatted', () => {
  const position = { epoch: 'vBlq7GlDf0-_', offset: 42 }
  expect(parsePosition(formatPosition(position))).toEqual(position)
})

it.each([
  '',
  ':',
  'a',
  'a:',
  ':1',
  'a:-1',
  'a:01',
  'a:1.5',
  'a:1:2',
  'a b:1',
  'a:9007199254740993',
])('knows that %j was never said', (text) => expect(parsePosition(text)).toBeUndefined())
