import { expect, it } from 'vitest'
import { judgeSeats, judgeShown, type Knocker } from './judge-seats.ts'

const PLACES = 2
const guest = (user: string, change: Partial<Knocker> = {}): Knocker => ({
  user,
  wantsIn: true,
  isMember: true,
  isInside: true,
  hasLostPlace: false,
  seen: ['ada', 'bob'],
  ...change,
})
const outside = { wantsIn: false, isMember: false, isInside: false, seen: [] }
const full = [guest('ada'), guest('bob'), guest('eve', outside)]

it('finds nothing wrong where as many are inside as there is room for', () => {
  expect(judgeSeats(full, PLACES)).toEqual([])
})

it('lets who was away too long wait until somebody leaves', () => {
  const late = guest('eve', { isInside: false, hasLostPlace: true, seen: [] })
  expect(judgeSeats([guest('ada'), guest('bob'), late], PLACES)).toEqual([])
  expect(judgeSeats([guest('ada', { seen: ['ada'] }), late], PLACES)).toContain(
    '1 are inside, and eve still waits',
  )
})

it.each([
  [
    'a dropped member',
    [guest('ada', { seen: ['ada'] }), guest('bob', { isInside: false, seen: [] })],
    'bob was let in, kept the place, and is not there',
  ],
  ['one too many', [...full.slice(0, 2), guest('eve')], 'the judge sees ada,bob,eve'],
  [
    'a guest in the place of a member',
    [guest('ada'), guest('bob', { isInside: false }), guest('eve', { isMember: false })],
    'eve is there, and was not let in or has left',
  ],
  [
    'one who is seen and not there',
    [guest('ada', { seen: ['ada', 'eve'] }), guest('bob')],
    'ada sees ["ada","eve"]; right is ["ada","bob"]',
  ],
  [
    'one who is there and not seen',
    [guest('ada', { seen: ['ada'] }), guest('bob')],
    'ada sees ["ada"]; right is ["ada","bob"]',
  ],
])('names %s', (_, knockers, fault) => {
  expect(judgeSeats(knockers, PLACES).join('\n')).toContain(fault)
})

it('names users who are shown twice, or beyond the limit', () => {
  expect(judgeShown('ada', ['ada', 'bob'], PLACES)).toEqual([])
  expect(judgeShown('ada', ['ada', 'ada'], PLACES)).toEqual(['ada sees somebody twice: ada,ada'])
  expect(judgeShown('ada', ['ada', 'bob', 'eve'], PLACES)).toEqual([
    'ada sees ada,bob,eve in a room for 2',
  ])
})
