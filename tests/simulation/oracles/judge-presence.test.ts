import { expect, it } from 'vitest'
import { judgePresence, type PresentTab, type SeenUser } from './judge-presence.ts'

const tabs: readonly PresentTab[] = [
  { user: 'ada', isIn: true, status: 'away' },
  { user: 'ada', isIn: true, status: 'online' },
  { user: 'ada', isIn: false, status: 'online' },
  { user: 'bob', isIn: true, status: 'away' },
  { user: 'bob', isIn: true, status: 'offline' },
  { user: 'eve', isIn: false, status: 'online' },
]
const ada: SeenUser = { user_id: 'ada', status: 'online' }
const bob: SeenUser = { user_id: 'bob', status: 'away' }

it('finds nothing wrong where each user is seen as the most present of their tabs', () => {
  expect(judgePresence('eve', [ada, bob], tabs)).toEqual([])
  expect(judgePresence('eve', [bob, ada], tabs)).toEqual([])
})

it.each([
  ['a dropped user', [ada]],
  ['a doubled user', [ada, bob, bob]],
  [
    'swapped users',
    [
      { ...ada, user_id: 'bob' },
      { ...bob, user_id: 'ada' },
    ],
  ],
  ['a user who is not there', [ada, bob, { ...ada, user_id: 'eve' }]],
  ['an old status', [{ ...ada, status: 'away' as const }, bob]],
])('names %s', (_, seen) => {
  expect(judgePresence('eve', seen, tabs).join()).toContain('eve sees')
})
