import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatSseEvent, formatSseRetry, type SseEvent } from './sse-event.ts'

it('writes each line of the data as a line of its own', () => {
  expect(formatSseEvent({ data: 'a\nb\r\nc\rd' })).toBe('data: a\ndata: b\ndata: c\ndata: d\n\n')
  expect(formatSseEvent({ data: '' })).toBe('data: \n\n')
  expect(formatSseEvent({ data: '\n' })).toBe('data: \ndata: \n\n')
})

it('writes what it is given, retry and id before the data', () => {
  expect(formatSseEvent({ data: 'x', event: 'message', id: '7', retry: 3_000 })).toBe(
    'retry: 3000\nid: 7\nevent: message\ndata: x\n\n',
  )
})

it.each(['a\nb', 'a\rb', 'a\0b'])('refuses %j as event or id', (text) => {
  expect(() => formatSseEvent({ data: '', event: text })).toThrow(/event/)
  expect(() => formatSseEvent({ data: '', id: text })).toThrow(
    expect.objectContaining({ code: 'invalid_payload' }),
  )
})

it.each([-1, 1.5, Number.NaN])('refuses %d ms as retry', (retryMs) => {
  expect(() => formatSseRetry(retryMs)).toThrow(/whole number of ms/)
})

it('is read by the rules of the standard as the one event that was written', () => {
  const line = fc.string({ unit: fc.constantFrom('a', ' ', ':', 'd', '\u2028') })
  const data = fc.array(fc.constantFrom('a', ' ', ':', 'id: x', '\n', '\r', '\r\n')).map((all) => {
    return all.join('')
  })
  fc.assert(
    fc.property(data, line, fc.string({ unit: 'grapheme-ascii' }), (text, event, id) => {
      const written = formatSseEvent({ data: text, event, id })
      expect(read(written)).toEqual([{ data: text.replace(/\r\n|\r/g, '\n'), event, id }])
    }),
  )
})

// As https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream has it.
function read(stream: string): SseEvent[] {
  const events: SseEvent[] = []
  const fields = new Map<string, string[]>()
  for (const line of stream.split(/\r\n|\r|\n/)) {
    if (line === '') {
      const [data, event, id] = ['data', 'event', 'id'].map((name) => fields.get(name))
      if (data) events.push({ data: data.join('\n'), event: event?.at(-1), id: id?.at(-1) })
      fields.clear()
      continue
    }
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    fields.set(name, [...(fields.get(name) ?? []), value])
  }
  return events
}
