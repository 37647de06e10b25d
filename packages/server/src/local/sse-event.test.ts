import { expect, it } from 'vitest'
import { formatSseEvent } from './sse-event.ts'

it('writes each line of the data as a line of its own', () => {
  expect(formatSseEvent({ data: 'a\nb\r\nc\rd' })).toBe('data: a\ndata: b\ndata: c\ndata: d\n\n')
  expect(formatSseEvent({ data: '' })).toBe('data: \n\n')
})

it.each(['a\nb', 'a\rb', 'a\0b'])('refuses %j as event or id', (text) => {
  expect(() => formatSseEvent({ data: '', event: text })).toThrow(/event/)
  expect(() => formatSseEvent({ data: '', id: text })).toThrow(/id/)
})
