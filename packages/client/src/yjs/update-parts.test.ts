import { expect, it } from 'vitest'
import { cut, MAX_SPAN, UpdateParts } from './update-parts.ts'

const part = (id: string, number: number, parts: number, data: string) => ({
  id,
  part: number,
  parts,
  data,
})

it('puts parts together again, though those of others lie between', () => {
  const parts = new UpdateParts()
  expect(parts.take('ada', part('x-1', 0, 2, 'a'), 1)).toBeUndefined()
  expect(parts.take('bob', part('x-1', 0, 2, 'c'), 2)).toBeUndefined()
  expect(parts.oldestOffset).toBe(1)
  expect(parts.take('ada', part('x-1', 1, 2, 'b'), 3)).toBe('ab')
  expect(parts.oldestOffset).toBe(2)
  expect(parts.take('bob', part('x-1', 1, 2, 'd'), 4)).toBe('cd')
  expect(parts.oldestOffset).toBeUndefined()
})

it('starts again with a first part, even under the same id', () => {
  const parts = new UpdateParts()
  parts.take('ada', part('x-1', 0, 3, 'old'), 1)
  parts.take('ada', part('x-1', 0, 2, 'a'), 2)
  expect(parts.take('ada', part('x-1', 1, 2, 'b'), 3)).toBe('ab')
})

it('forgets what its sender gave up, by beginning the next', () => {
  const parts = new UpdateParts()
  parts.take('ada', part('x-1', 0, 2, 'a'), 1)
  parts.take('ada', part('y-1', 0, 2, 'c'), 2)
  expect(parts.take('ada', part('x-2', 0, 1, 'whole'), 3)).toBe('whole')
  expect(parts.oldestOffset, 'of another document').toBe(2)
  expect(parts.take('ada', part('x-1', 1, 2, 'b'), 4)).toBeUndefined()
})

it('forgets a part whose rest did not come within many events', () => {
  const parts = new UpdateParts()
  parts.take('ada', part('x-1', 0, 2, 'a'), 1)
  parts.take('bob', part('y-1', 0, 1, 'b'), MAX_SPAN + 1)
  expect(parts.oldestOffset).toBe(1)
  parts.take('bob', part('y-2', 0, 1, 'b'), MAX_SPAN + 2)
  expect(parts.oldestOffset).toBeUndefined()
})

it('ignores parts out of sequence, and payloads that are not parts', () => {
  const parts = new UpdateParts()
  expect(parts.take('ada', part('x-1', 1, 2, 'b'), 1)).toBeUndefined()
  expect(parts.take('ada', part('x-2', -1, 2, 'b'), 2)).toBeUndefined()
  expect(parts.take('ada', { id: 'x-3', part: 0 }, 3)).toBeUndefined()
  expect(parts.take('ada', null, 4)).toBeUndefined()
  expect(parts.oldestOffset).toBeUndefined()
})

it('cuts a text into parts of a size, and an empty one into one', () => {
  expect(cut('abcde', 2)).toEqual(['ab', 'cd', 'e'])
  expect(cut('', 2)).toEqual([''])
})
