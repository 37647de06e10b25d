import type { EventId } from '@coterie/protocol'
import { expect, it } from 'vitest'
import type { EventRecord, JsonText } from '../ports/engine.ts'
import { EventLists } from './event-lists.ts'

const records = ['a', 'b', 'c', 'd'].map(
  (id, index): EventRecord => ({
    channel: 'a:1',
    id: id as EventId,
    event: 'message',
    payload: `"${id}"` as JsonText,
    from: null,
    timestampMs: 0,
    delivery: 'logged',
    position: { epoch: 'e', offset: index + 1 },
    sequence: { epoch: 's', offset: index + 1 },
    key: undefined,
    excludeConnection: undefined,
  }),
)

function without(id: string): EventRecord[] {
  return records.filter((record) => record.id !== id)
}

function idsIn(json: Buffer): string[] {
  return (JSON.parse(json.toString()) as { id: string }[]).map(({ id }) => id)
}

it('writes the same events only once', () => {
  const lists = new EventLists()
  const first = lists.write(records, undefined)
  expect(idsIn(first)).toEqual(['a', 'b', 'c', 'd'])
  expect(lists.write([...records], undefined)).toBe(first)
})

it('keeps lists with the same first and last event apart', () => {
  const lists = new EventLists()
  expect(idsIn(lists.write(without('b'), undefined))).toEqual(['a', 'c', 'd'])
  expect(idsIn(lists.write(without('c'), undefined))).toEqual(['a', 'b', 'd'])
})

it('keeps the events of a pattern apart from those of a name', () => {
  const lists = new EventLists()
  const read = (pattern: string | undefined): unknown =>
    (JSON.parse(lists.write(records, pattern).toString()) as { pattern?: string }[])[0]?.pattern
  expect(read(undefined)).toBeUndefined()
  expect(read('a:*')).toBe('a:*')
  expect(read(undefined)).toBeUndefined()
})

it('writes no events as an empty list', () => {
  expect(new EventLists().write([], undefined).toString()).toBe('[]')
})
