import { expect, it } from 'vitest'
import { judge } from './delivery-oracle.ts'

const good = {
  attempted: new Set(['a', 'b', 'c', 'd']),
  acknowledged: new Set(['a', 'b']),
  log: ['a', 'b', 'c'],
  received: ['a', 'b', 'c'],
}

it('finds nothing wrong with a run that kept every promise', () => {
  expect(judge(good)).toEqual([])
})

it.each([
  ['a dropped event', { received: ['a', 'c'] }, 'never received: b'],
  ['a doubled event', { received: ['a', 'b', 'b', 'c'] }, 'duplicate: b'],
  ['swapped events', { received: ['b', 'a', 'c'] }, 'received in another order than the log'],
  ['a lost acknowledgement', { acknowledged: new Set(['a', 'd']) }, 'acknowledged and lost: d'],
  [
    'an event that nobody sent',
    { log: ['a', 'b', 'c', 'x'], received: ['a', 'b', 'c', 'x'] },
    'phantom: x',
  ],
  ['an event twice in the log', { log: ['a', 'b', 'c', 'c'] }, 'the log holds an event twice'],
])('turns red on %s', (_, change, fault) => {
  expect(judge({ ...good, ...change })).toContain(fault)
})
