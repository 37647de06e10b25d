import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventStreamReader, type StreamEvent } from './event-stream.ts'

const encoder = new TextEncoder()

function read(text: string, chunkBytes = Number.POSITIVE_INFINITY): readonly StreamEvent[] {
  const reader = new EventStreamReader()
  const bytes = encoder.encode(text)
  const events: StreamEvent[] = []
  const step = Math.min(chunkBytes, bytes.length)
  for (let start = 0; start < bytes.length; start += step) {
    events.push(...reader.read(bytes.subarray(start, start + step)))
  }
  return events
}

// The examples of the specification, and what it says in words.
it.each<[string, string, readonly Partial<StreamEvent>[]]>([
  ['joins lines of data', 'data: YHOO\ndata: +2\ndata: 10\n\n', [{ data: 'YHOO\n+2\n10' }]],
  [
    'skips comments and keeps ids',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event',
    [
      { data: 'first event', id: '1' },
      { data: 'second event', id: '' },
    ],
  ],
  [
    'takes empty data for data',
    'data\n\ndata\ndata\n\ndata:',
    [{ data: '', event: 'message' }, { data: '\n' }],
  ],
  ['drops one space', 'data:test\n\ndata: test\n\n', [{ data: 'test' }, { data: 'test' }]],
  ['names events', 'event: a\ndata: 1\n\ndata: 2\n\n', [{ event: 'a' }, { event: 'message' }]],
  ['forgets a name without data', 'event: a\n\ndata: 2\n\n', [{ event: 'message', data: '2' }]],
  ['ends lines in three ways', 'data: 1\r\ndata: 2\rdata: 3\n\r\n', [{ data: '1\n2\n3' }]],
  ['drops a byte order mark', '\uFEFFdata: 1\n\n', [{ data: '1' }]],
  ['drops only one', '\uFEFF\uFEFFdata: 1\n\n', []],
  ['keeps an id over events', 'id: 7\n\ndata: 1\n\n', [{ data: '1', id: '7' }]],
  ['ignores an id with NUL', 'id: 7\nid: a\0b\ndata: 1\n\n', [{ id: '7' }]],
  ['ignores unknown fields', 'Data: 1\nfoo: 2\nfoo\n\n', []],
  ['reads data with colons', 'data: a: b:c\n\n', [{ data: 'a: b:c' }]],
])('%s', (_, text, events) => {
  for (const chunkBytes of [1, 2, 3, 1_000]) {
    expect(read(text, chunkBytes)).toMatchObject(events)
  }
})

it('hands an event over with the chunk that ends it', () => {
  const reader = new EventStreamReader()
  expect(reader.read(encoder.encode('data: 1\r'))).toEqual([])
  expect(reader.read(encoder.encode('\n\r'))).toMatchObject([{ data: '1' }])
  expect(reader.read(encoder.encode('\ndata: 2\n\n'))).toMatchObject([{ data: '2' }])
})

it('knows the wait that the stream asks for', () => {
  const reader = new EventStreamReader()
  expect(reader.retryMs).toBeUndefined()
  reader.read(encoder.encode('retry: 3000\nretry: 1e9\nretry: -1\nretry\n'))
  expect(reader.retryMs).toBe(3_000)
})

/** Reads a whole stream the slow way, line by line as the specification words it. */
function readNaively(text: string): readonly StreamEvent[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  // What no line end follows is not a line yet.
  lines.pop()
  const events: StreamEvent[] = []
  let [data, event, id] = ['', '', '']
  for (const line of lines) {
    if (line === '') {
      if (data !== '') events.push({ event: event || 'message', data: data.slice(0, -1), id })
      data = ''
      event = ''
    }
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? []
    if (name === 'data') data += `${value}\n`
    if (name === 'event') event = value
    if (name === 'id' && !value.includes('\0')) id = value
  }
  return events
}

const word = fc.constantFrom(
  'data',
  'event',
  'id',
  'retry',
  '',
  ':',
  ': ',
  ' ',
  'é',
  '🙂',
  '\0',
  'x',
)
const lineEnd = fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n')
const stream = fc
  .tuple(
    fc.constantFrom('', '\uFEFF'),
    fc.array(fc.oneof({ weight: 3, arbitrary: word }, lineEnd), { maxLength: 60 }),
  )
  .map(([mark, parts]) => mark + parts.join(''))

it('reads what a naive reader reads, wherever the chunks are cut', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat({ max: 7 }), { maxLength: 80 }), (text, cuts) => {
      const reader = new EventStreamReader()
      const bytes = encoder.encode(text)
      const events: StreamEvent[] = []
      let start = 0
      for (const size of [...cuts, bytes.length]) {
        events.push(...reader.read(bytes.subarray(start, start + size)))
        start += size
      }
      expect(events).toEqual(readNaively(text))
    }),
    { numRuns: 2_000 },
  )
})
