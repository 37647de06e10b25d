import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type DueTimer, TimerLine } from './timer-line.ts'

it('gives what is due first, and of what is due at once what was added first', () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(5) }),
    fc.record({ remove: fc.nat(20) }),
    fc.constant({ take: true } as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = new TimerLine()
      const added: DueTimer[] = []
      let expected: DueTimer[] = []
      for (const each of steps) {
        if ('add' in each) {
          const timer = { run() {}, dueMs: each.add }
          added.push(timer)
          // Sorting keeps the order of what is equal.
          expected = [...expected, timer].toSorted((a, b) => a.dueMs - b.dueMs)
          line.add(timer)
        } else {
          const timer = 'take' in each ? line.next : added[each.remove]
          if (!timer) continue
          expected = expected.filter((one) => one !== timer)
          line.remove(timer)
        }
        expect(line.next).toBe(expected[0])
        expect(line.size).toBe(expected.length)
      }
    }),
  )
})
