import fc from 'fast-check'
import { expect, it } from 'vitest'
import { peekFrame } from './frame-peek.ts'

const long = 'x'.repeat(60_000)

it.each<[string, string, ReturnType<typeof peekFrame>]>([
  ['first', `{"type":"publish","id":"7","payload":"${long}"}`, { type: 'publish', id: '7' }],
  ['last', `{"type":"publish","payload":"${long}","id":"7" }\n`, { type: 'publish', id: '7' }],
  [
    'in the middle',
    `{"payload":"${long}","id":"7","type":"a","x":1}`,
    { type: undefined, id: undefined },
  ],
  ['twice', '{"id":"1","type":"ping","id":"2"}', { type: 'ping', id: '2' }],
  [
    'within the payload',
    `{"type":"publish","payload":{"id":"7"}}`,
    { type: 'publish', id: undefined },
  ],
  [
    'at the end of a text',
    String.raw`{"type":"a","payload":"\"id\":\"7\"}"}`,
    { type: 'a', id: undefined },
  ],
  ['escaped', String.raw`{"type":"a","id":"\u0041\""}`, { type: 'a', id: 'A"' }],
  ['too long', `{"type":"a","id":"${'i'.repeat(65)}"}`, { type: 'a', id: undefined }],
  ['a number', '{"type":1,"id":7}', { type: undefined, id: undefined }],
  ['cut off', '{"type":"a","id":"7', { type: 'a', id: undefined }],
  ['in nothing', '', { type: undefined, id: undefined }],
  ['among commas', ','.repeat(60_000), { type: undefined, id: undefined }],
])('finds an id that stands %s, or says nothing of it', (_, text, peek) => {
  expect(peekFrame(text)).toEqual(peek)
})

it('never says another id than the message has', () => {
  const frame = fc.dictionary(fc.constantFrom('type', 'id', 'payload', 'x'), fc.jsonValue())
  fc.assert(
    fc.property(frame, (value) => {
      const { type, id } = peekFrame(JSON.stringify(value))
      if (type !== undefined) expect(type).toBe(value.type)
      if (id !== undefined) expect(id).toBe(value.id)
    }),
  )
})
