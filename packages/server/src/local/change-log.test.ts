import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChangeCursor, ChangeLog } from './change-log.ts'

function setUp() {
  const states = new Map<string, number>()
  const log = new ChangeLog<number>(
    (key) => states.get(key),
    (before, after) => before !== after,
  )
  const set = (key: string, state: number | undefined): void => {
    log.willChange(key)
    if (state === undefined) states.delete(key)
    else states.set(key, state)
  }
  return { states, log, set }
}

const NOTHING = { joins: [], updates: [], leaves: [] }

it('tells each consumer what changed since it last asked', () => {
  const { log, set } = setUp()
  set('before', 0)
  const first = log.open()
  set('ada', 1)
  const second = log.open()
  set('ada', 2)
  set('before', undefined)
  expect(second.take()).toEqual({ joins: [], updates: [2], leaves: [0] })
  expect(first.take()).toEqual({ joins: [2], updates: [], leaves: [0] })
  expect(first.take()).toEqual(NOTHING)
  set('bob', 3)
  expect([first.hasChanges(), second.hasChanges()]).toEqual([true, true])
  expect(second.take()).toEqual({ joins: [3], updates: [], leaves: [] })
})

it('tells nothing of what was undone', () => {
  const { log, set } = setUp()
  set('there', 1)
  const cursor = log.open()
  set('came and went', 1)
  set('came and went', undefined)
  set('there', undefined)
  set('there', 1)
  expect(cursor.hasChanges()).toBe(true)
  expect(cursor.take()).toEqual(NOTHING)
  expect(cursor.hasChanges()).toBe(false)
})

it('tells nothing to a cursor that was closed', () => {
  const { log, set } = setUp()
  const cursor = log.open()
  set('ada', 1)
  cursor.close()
  cursor.close()
  expect([cursor.hasChanges(), cursor.take()]).toEqual([false, NOTHING])
})

describe('whoever asks, whenever', () => {
  const key = fc.integer({ min: 0, max: 40 }).map(String)
  const consumer = fc.constantFrom('x', 'y', 'z')
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('set' as const), key, to: fc.nat(2) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
    fc.record({ kind: fc.constantFrom('take' as const, 'close' as const), consumer }),
  )

  it('leads each from what it was told to what is there', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const { states, log, set } = setUp()
        const consumers = new Map<
          string,
          { cursor: ChangeCursor<number>; known: Map<string, number> }
        >()
        const told = (name: string): void => {
          const { cursor, known } = consumers.get(name) ?? {
            cursor: log.open(),
            known: new Map(states),
          }
          const expected = naiveDifference(known, states)
          const { joins, updates, leaves } = cursor.take()
          expect({ joins: joins.sort(), updates: updates.sort(), leaves: leaves.sort() }).toEqual(
            expected,
          )
          consumers.set(name, { cursor, known: new Map(states) })
        }
        for (const each of steps) {
          if (each.kind === 'set') set(each.key, each.to)
          else if (each.kind === 'delete') set(each.key, undefined)
          else if (each.kind === 'take') told(each.consumer)
          else {
            consumers.get(each.consumer)?.cursor.close()
            consumers.delete(each.consumer)
          }
        }
        for (const name of ['x', 'y', 'z']) told(name)
      }),
    )
  })
})

function naiveDifference(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) {
  const joins = [...after].filter(([key]) => !before.has(key))
  const updates = [...after].filter(([key, to]) => before.has(key) && before.get(key) !== to)
  const leaves = [...before].filter(([key]) => !after.has(key))
  const [joined, updated, left] = [joins, updates, leaves].map((all) =>
    all.map(([, state]) => state).sort(),
  )
  return { joins: joined, updates: updated, leaves: left }
}
