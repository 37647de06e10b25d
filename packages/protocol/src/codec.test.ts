import { expect, it } from 'vitest'
import { decodeClientFrame } from './codec.ts'

const decode = (text: string) => decodeClientFrame(text, 32)
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

it('reads a frame and keeps its payload as it was written', () => {
  const text = '{"type":"publish","id":"1","channel":"a","event":"e","payload":{"n": 1.0}}'
  expect(decode(text)).toMatchObject({
    ok: true,
    value: { frame: { type: 'publish', id: '1', payload: { n: 1 } }, payloadText: '{"n": 1.0}' },
  })
})

it('fills in defaults and drops what it does not know', () => {
  const decoded = decode('{"type":"typing","channel":"a","extra":1,"user_id":"eve"}')
  expect(decoded).toEqual({
    ok: true,
    value: { frame: { type: 'typing', channel: 'a', is_typing: true }, payloadText: undefined },
  })
})

it.each(['', 'x', '[]', '1', 'null', '"a"', '{', '{"a":1}}'])(
  'closes on %j, which is no frame',
  (text) => {
    expect(decode(text)).toMatchObject({ ok: false, error: { kind: 'not_a_frame' } })
  },
)

it('takes 32 levels of nesting and closes on 33, the frame being the first', () => {
  const frame = (levels: number): string =>
    `{"type":"publish","channel":"a","event":"e","payload":${nested(levels - 1)}}`
  expect(decode(frame(32)).ok).toBe(true)
  expect(decode(frame(33))).toMatchObject({ ok: false, error: { kind: 'not_a_frame' } })
})

it.each([
  ['{"type":"nope","id":"7"}', 'unknown_type', '7'],
  ['{"type":"__proto__","id":"7"}', 'unknown_type', '7'],
  ['{"type":"toString","id":"7"}', 'unknown_type', '7'],
  ['{"type":5,"id":"7"}', 'bad_frame', '7'],
  ['{"id":"7"}', 'bad_frame', '7'],
  ['{"type":"ping","id":7}', 'bad_frame', undefined],
  [`{"type":"ping","id":"${'x'.repeat(65)}"}`, 'bad_frame', undefined],
])('refuses %s with %s', (text, code, id) => {
  expect(decode(text)).toMatchObject({ ok: false, error: { kind: 'refused', id, error: { code } } })
})

it.each([
  ['{"type":"publish","channel":5,"event":"e","payload":1}', 'channel'],
  ['{"type":"publish","channel":"a","event":"","payload":1}', 'event'],
  ['{"type":"publish","channel":"a","event":"e"}', 'payload'],
  ['{"type":"publish","channel":"a","event":"e","payload":1,"volatile":"yes"}', 'volatile'],
  ['{"type":"subscribe","channel":"a","recent":1001}', 'recent'],
  ['{"type":"subscribe","channel":"a","presence":{"status":"here"}}', 'presence'],
  ['{"type":"history","channel":"a","limit":0}', 'limit'],
  ['{"type":"presence","channel":"a","status":"busy"}', 'status'],
  ['{"type":"auth"}', 'token'],
])('names the wrong field of %s', (text, field) => {
  const decoded = decode(text)
  if (decoded.ok || decoded.error.kind !== 'refused') throw new Error('not refused')
  expect(decoded.error.error).toMatchObject({ code: 'bad_frame', details: { field } })
  expect(decoded.error.error.message).toContain(`${field}:`)
})

it('takes null as a payload', () => {
  expect(decode('{"type":"publish","channel":"a","event":"e","payload":null}')).toMatchObject({
    ok: true,
    value: { payloadText: 'null' },
  })
})

it('keeps no prototype that a sender wrote', () => {
  const decoded = decode(
    '{"type":"presence","channel":"a","__proto__":{"status":"away"},"data":{"__proto__":{"x":1}}}',
  )
  expect(decoded.ok && 'status' in decoded.value.frame).toBe(false)
  expect(({} as { x?: number }).x).toBeUndefined()
})

it('shows only the beginning of an unknown type', () => {
  const decoded = decode(`{"type":"${'\\n'.repeat(500)}"}`)
  if (decoded.ok || decoded.error.kind !== 'refused') throw new Error('not refused')
  expect(decoded.error.error.message.length).toBeLessThan(300)
  expect(decoded.error.error.message).not.toContain('\n')
})

it.each([
  ['a payload', '{"type":"publish","id":"1","channel":"c","event":"e","payload":"\\ud800"}'],
  ['a key', '{"type":"publish","id":"1","channel":"c","event":"e","payload":{"\\udc00":1}}'],
  ['an event', '{"type":"publish","id":"1","channel":"c","event":"a\\ud800","payload":1}'],
  [
    'a message id',
    '{"type":"publish","id":"1","channel":"c","event":"e","payload":1,"message_id":"\\ud800"}',
  ],
  ['state', '{"type":"state","id":"1","channel":"c","op_id":"o","set":{"a":["\\ud800"]}}'],
  ['what is not escaped', '{"type":"typing","id":"1","channel":"c\ud800","is_typing":true}'],
])('refuses half of a character in %s', (_, text) => {
  expect(decodeClientFrame(text, 32)).toMatchObject({
    ok: false,
    error: { kind: 'refused', id: '1', error: { code: 'bad_frame' } },
  })
})

it('answers no id that is half of a character', () => {
  expect(decodeClientFrame('{"type":"ping","id":"\\ud800"}', 32)).toMatchObject({
    error: { kind: 'refused', id: undefined, error: { code: 'bad_frame' } },
  })
})

it.each([
  ['state', '{"type":"state","id":"1","channel":"c","op_id":"o","set":{"a":9007199254740993}}'],
  ['nested state', '{"type":"state","id":"1","channel":"c","op_id":"o","set":{"a":[{"b":1e400}]}}'],
  ['presence', '{"type":"presence","id":"1","channel":"c","data":{"a":0.12345678901234567890}}'],
  [
    'a payload whose key is escaped',
    '{"type":"publish","id":"1","channel":"c","event":"e","pay\\u006coad":9007199254740993}',
  ],
])('refuses a number in %s that would be rounded', (_, text) => {
  expect(decodeClientFrame(text, 32)).toMatchObject({
    error: {
      id: '1',
      error: { code: 'bad_frame', message: expect.stringMatching(/send it as a/) },
    },
  })
})

it.each(['9007199254740993', '1e400', '-0', '1.0', '{"a":1,"a":2}', '[12345678901234567890]'])(
  'keeps the payload %s as it is written',
  (payload) => {
    const text = `{"type":"publish","channel":"c","event":"e","payload":${payload}}`
    expect(decodeClientFrame(text, 32)).toMatchObject({ ok: true, value: { payloadText: payload } })
  },
)
