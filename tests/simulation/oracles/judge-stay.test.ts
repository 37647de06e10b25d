import { expect, it } from 'vitest'
import { judgeStay } from './judge-stay.ts'

const judge = (heard: readonly number[], mustHearFrom: number | undefined = 3) =>
  judgeStay('one', { heard, mustHearFrom }, 6)

it('finds nothing wrong where all came from the join on, and what came before was whole', () => {
  expect(judge([3, 4, 5, 6])).toEqual([])
  expect(judge([1, 2, 3, 4, 5, 6])).toEqual([])
  expect(judgeStay('one', { heard: [], mustHearFrom: undefined }, 6)).toEqual([])
})

it.each([
  ['a dropped event', [3, 4, 6], 'one missed 5'],
  ['a doubled event', [3, 4, 4, 5, 6], 'one heard 4 after 4'],
  ['swapped events', [3, 5, 4, 6], 'one heard 5 after 3'],
  ['what was never published', [3, 4, 5, 6, 7], 'one heard 7, and 6 came last'],
  ['a missing beginning', [4, 5, 6], 'one missed 3'],
  ['a missing end', [3, 4, 5], 'one missed 6'],
  ['silence', [], 'one missed 3'],
])('names %s', (_, heard, fault) => {
  expect(judge(heard)).toContain(fault)
})
