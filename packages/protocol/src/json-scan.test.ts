import fc from 'fast-check'
import { expect, it } from 'vitest'
import { scanJson, splitJsonArray } from './json-scan.ts'

const member = (text: string): string | undefined => scanJson(text, 32, 'payload').member

it.each([
  ['{"payload":1}', '1'],
  ['{"payload" : {"a": [1, 2]} , "x":1}', '{"a": [1, 2]}'],
  ['{"x":{"payload":2},"payload":"a,b}"}', '"a,b}"'],
  ['{"payload":1,"payload":2}', '2'],
  ['{"payload":12345678901234567890.10}', '12345678901234567890.10'],
  ['{"payload":"\\"\\\\"}', '"\\"\\\\"'],
])('cuts the member out of %s', (text, expected) => expect(member(text)).toBe(expected))

it('does not cut where a key is spelt with escapes, because it may be the same', () => {
  expect(member('{"payload":1,"pay\\u006coad":2}')).toBeUndefined()
})

it('finds no member in what is nested or absent', () => {
  expect(member('{"a":{"payload":1}}')).toBeUndefined()
  expect(member('{"type":"payload"}')).toBeUndefined()
})

it('counts braces only outside of strings', () => {
  expect(scanJson('{"a":"{{{{"}', 1, 'payload').tooDeep).toBe(false)
  expect(scanJson('{"a":{}}', 1, 'payload').tooDeep).toBe(true)
})

it.each(['{"a', '{"a\\', '}}}', '', '"', '[[[[', ',:,:'])('survives %j', (text) => {
  expect(() => scanJson(text, 2, 'payload')).not.toThrow()
})

it('cuts out what parsing finds, and measures depth, for any object', () => {
  const anyObject = fc.dictionary(fc.string(), fc.jsonValue())
  fc.assert(
    fc.property(anyObject, fc.jsonValue(), fc.nat(3), (object, payload, indent) => {
      const text = JSON.stringify({ ...object, payload }, null, indent)
      const scan = scanJson(text, 1_000, 'payload')
      if (scan.member !== undefined) {
        expect(JSON.parse(scan.member)).toEqual(JSON.parse(JSON.stringify(payload)))
      }
      const depth = depthOf({ ...object, payload })
      expect(scanJson(text, depth, 'payload').tooDeep).toBe(false)
      expect(scanJson(text, depth - 1, 'payload').tooDeep).toBe(true)
    }),
  )
})

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

it('cuts an array into the texts of its elements, whatever stands in them', () => {
  expect(splitJsonArray(' [ {"a":[1,2]} , "x,]\\"" ,[],12345678901234567890] ')).toEqual([
    '{"a":[1,2]}',
    '"x,]\\""',
    '[]',
    '12345678901234567890',
  ])
  expect(splitJsonArray('[]')).toEqual([])
  expect(splitJsonArray('{"a":1}')).toBeUndefined()
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (values) => {
      const elements = splitJsonArray(JSON.stringify(values))
      expect(elements?.map((element) => JSON.parse(element))).toEqual(
        JSON.parse(JSON.stringify(values)),
      )
    }),
  )
})

it('looks at nothing that follows more elements than are allowed', () => {
  expect(splitJsonArray('[1,2]', 2)).toEqual(['1', '2'])
  expect(splitJsonArray('[1,2,3]', 2)).toBeUndefined()
  expect(splitJsonArray('[]', 0)).toEqual([])
  let looked = 0
  const commas = new (class extends String {
    override trim(): string {
      return this as unknown as string
    }
    override charCodeAt(index: number): number {
      looked += 1
      return super.charCodeAt(index)
    }
  })(`[${','.repeat(1_048_576)}]`)
  expect(splitJsonArray(commas as unknown as string, 100)).toBeUndefined()
  expect(looked).toBe(100)
})
