import { describe, expect, it } from 'vitest'
import { judgeChange, judgeList } from './judge-list.ts'

const added = new Set(['a', 'b', 'c', 'd'])
const removed = new Set(['d'])
const judge = (...orders: readonly (readonly string[])[]) => judgeList({ orders, added, removed })

it('finds nothing wrong where all have the same, with each item once', () => {
  expect(judge(['b', 'a', 'c'], ['b', 'a', 'c'])).toEqual([])
  // Moved by one while another removed it.
  expect(judge(['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'])).toEqual([])
})

it.each([
  ['a dropped item', [['a', 'c']], 'lost: b'],
  ['a doubled item', [['a', 'b', 'b', 'c']], 'twice in the list: b'],
  ['items that nobody added', [['a', 'b', 'c', 'x']], 'never added: x'],
  [
    'swapped items',
    [
      ['a', 'b', 'c'],
      ['a', 'c', 'b'],
    ],
    'writer 1 has ["a","c","b"]; right is ["a","b","c"]',
  ],
])('names %s', (_, orders, fault) => {
  expect(judge(...orders)).toContain(fault)
})

describe('of one change', () => {
  const before = ['a', 'b', 'c']
  const change = (shown: readonly string[], id: string, index?: number) =>
    judgeChange('changed', shown, before, { id, index })

  it('finds nothing wrong where it shows as it was asked for', () => {
    expect(change(['a', 'x', 'b', 'c'], 'x', 1)).toEqual([])
    expect(change(['a', 'b', 'c', 'x'], 'x', 20)).toEqual([])
    expect(change(['b', 'c', 'a'], 'a', 2)).toEqual([])
    expect(change(['a', 'c'], 'b')).toEqual([])
  })

  it.each([
    ['a dropped item', ['a', 'b', 'c']],
    ['a doubled item', ['a', 'x', 'x', 'b', 'c']],
    ['swapped items', ['x', 'a', 'b', 'c']],
    ['another item', ['a', 'y', 'b', 'c']],
  ])('names %s', (_, shown) => {
    expect(change(shown, 'x', 1)).not.toEqual([])
  })
})
