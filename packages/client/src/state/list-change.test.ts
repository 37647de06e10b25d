import type { StateValues } from '@coterie/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { listChange } from './list-change.ts'
import { itemsOf } from './list-item.ts'
import { applied } from './state-operation.ts'

const item = (id: string, text = '') => ({ id, text })
const of = (...ids: string[]) => ids.map((id) => item(id))

function write(values: StateValues, items: readonly { id: string; text: string }[]) {
  const change = listChange(values, 'list', items)
  return { values: applied(values, change), change }
}

const idsIn = (values: StateValues) => itemsOf(values, 'list').map(({ item: { id } }) => id)

it('makes a list what it is to be', () => {
  const lists = fc.uniqueArray(fc.constantFrom(...'abcdefgh'))
  fc.assert(
    fc.property(lists, lists, (before, after) => {
      const { values } = write({ other: 1 }, of(...before))
      expect(idsIn(values)).toEqual(before)
      const { values: next } = write(values, of(...after))
      expect(idsIn(next)).toEqual(after)
      expect(next.other).toBe(1)
    }),
  )
})

it('names only what is different', () => {
  const { values } = write({}, of('a', 'b', 'c'))
  expect(write(values, of('a', 'b', 'c')).change).toEqual({ set: {}, delete: [] })
  const changed = write(values, [item('a'), item('b', 'new'), item('c'), item('d')]).change
  expect([Object.keys(changed.set), changed.delete]).toEqual([['list/b', 'list/d'], []])
  const removed = write(values, of('a', 'c')).change
  expect([Object.keys(removed.set), removed.delete]).toEqual([[], ['list/b']])
  const moved = write(values, of('b', 'c', 'a')).change
  expect([Object.keys(moved.set), moved.delete]).toEqual([['list/a'], []])
})

it('keeps what two writers add at once', () => {
  const { values } = write({}, of('a'))
  const one = listChange(values, 'list', of('a', 'x'))
  const other = listChange(values, 'list', of('a', 'y'))
  expect(idsIn(applied(applied(values, one), other))).toEqual(['a', 'x', 'y'])
})
