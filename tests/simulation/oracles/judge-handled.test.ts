import { expect, it } from 'vitest'
import { type Handling, judgeHandled } from './judge-handled.ts'

const good: Handling = {
  attempted: [
    ['a1', 'a2', 'a3'],
    ['b1', 'b2'],
  ],
  acknowledged: new Set(['a1', 'a2', 'b1']),
  begun: ['a1', 'b1', 'a2', 'b2', 'a3'],
  ended: ['a1', 'b1', 'a2', 'b2', 'a3'],
  interruptions: 0,
}

it('finds nothing wrong where each was handled once, in the order of its channel', () => {
  expect(judgeHandled(good)).toEqual([])
})

it('lets what was never acknowledged be missing, and what was interrupted come again', () => {
  const order = ['a1', 'b1', 'a2', 'a2']
  expect(judgeHandled({ ...good, begun: order, ended: order, interruptions: 1 })).toEqual([])
})

it.each([
  ['a dropped event', ['a1', 'b1', 'b2', 'a3'], 'acknowledged and never handled: a2'],
  ['a doubled event', ['a1', 'b1', 'b1', 'a2', 'b2', 'a3'], 'begun 6 times, 5 at most is right'],
  ['swapped events', ['a2', 'b1', 'a1', 'b2', 'a3'], 'handled as a2,a1,a3, and sent as a1,a2,a3'],
  ['what was never sent', ['a1', 'b1', 'a2', 'b2', 'x', 'a3'], 'handled and never sent: x'],
])('names %s', (_, order, fault) => {
  expect(judgeHandled({ ...good, begun: order, ended: order })).toContain(fault)
})
