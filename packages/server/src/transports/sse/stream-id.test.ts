import { expect, it } from 'vitest'
import { readStreamId, StreamId } from './stream-id.ts'

function idOf(channels: readonly string[], positions: readonly (string | null)[]): string {
  const id = new StreamId(channels)
  for (const [index, channel] of channels.entries()) id.advance(channel, positions[index] ?? null)
  return String(id)
}

const sinceOf = (id: string, channels: readonly string[]): string[] =>
  readStreamId(id, channels).map(({ since }) => since)

it('holds the position of each listed channel, in the order of the query', () => {
  expect(idOf(['a', 'b', 'c'], ['x:1', null, 'y:2'])).toBe('x:1,-,y:2')
  expect(idOf([], [])).toBe('-')
})

it('names the list only if two positions have the same epoch, as patterns do', () => {
  const id = idOf(['a:*', 'b:*'], ['s:5', 's:9'])
  expect(id).toMatch(/^s:5,s:9,=[\w-]{8}$/)
  expect(sinceOf(id, ['a:*', 'b:*'])).toEqual(['s:5', 's:9'])
})

it('assigns neither position if such an id comes back with another list', () => {
  const id = idOf(['a:*', 'b:*'], ['s:5', 's:9'])
  for (const list of [['b:*', 'a:*'], ['a:*', 'c:*'], ['a:*']]) {
    expect(readStreamId(id, list)).toEqual(list.map(() => ({ since: '-', others: [] })))
  }
})

it('reads ids of earlier builds, which name no list, by their order', () => {
  expect(sinceOf('s:5,s:9', ['a:*', 'b:*'])).toEqual(['s:5', 's:9'])
})

it('offers each channel the positions whose epochs identify their logs', () => {
  expect(readStreamId('-,x:1', ['b', 'a'])).toEqual([
    { since: '-', others: ['x:1'] },
    { since: 'x:1', others: [] },
  ])
  expect(readStreamId('x:1', ['a', 'b'])).toEqual([
    { since: '-', others: ['x:1'] },
    { since: '-', others: ['x:1'] },
  ])
})

it.each(['nonsense', '', ',', '=', '=abc', 'x:1:2,=', '019b-an-event-id'])(
  'finds no position in %j, and does not fail',
  (id) => {
    for (const { others } of readStreamId(id, ['a', 'b'])) expect(others).toEqual([])
  },
)
