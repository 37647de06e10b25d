import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyJson } from './json-copy.ts'

class Money {
  readonly #cents: number

  constructor(cents: number) {
    this.#cents = cents
  }

  get cents(): number {
    return this.#cents
  }
}

class Point {
  readonly x = 1
  readonly y = 2
}

class Price extends Money {
  toJSON(): object {
    return { cents: this.cents }
  }
}

const circle: Record<string, unknown> = {}
circle.self = { circle }
const shared = { a: 1 }
const sparse: unknown[] = []
sparse[1] = 2
const noted = Object.assign(new Map([[1, 2]]), { note: 'kept' })
const coded = Object.assign(new Error('lost'), { code: 'E' })
let deep: unknown = 1
for (let level = 0; level < 100_000; level += 1) deep = [deep]

describe('a value that JSON would change or drop is refused by name', () => {
  it.each<[unknown, string]>([
    [new Map([[1, 2]]), 'Map'],
    [noted, 'Map'],
    [new Set([1]), 'Set'],
    [new WeakMap(), 'WeakMap'],
    [new ArrayBuffer(2), 'ArrayBuffer'],
    [new Uint8Array([1, 2]), 'Uint8Array'],
    [Buffer.from('ab'), 'Uint8Array'],
    [new Float64Array(0), 'Float64Array'],
    [new DataView(new ArrayBuffer(1)), 'DataView'],
    [new Error('lost'), 'Error'],
    [coded, 'Error'],
    [/x/, 'RegExp'],
    [Promise.resolve(), 'Promise'],
    [new URLSearchParams('a=1'), 'URLSearchParams'],
    [new Blob([]), 'Blob'],
    [new Money(5), 'Money'],
    [new (class {})(), 'an object without members'],
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [Object(Number.NaN), 'NaN'],
    [1n, 'bigint'],
    [Object(1n), 'BigInt'],
    [() => 1, 'function'],
    [Symbol('s'), 'symbol'],
    [new Date(Number.NaN), 'Invalid Date'],
    [{ toJSON: () => undefined }, 'undefined'],
    [{ toJSON: () => new Set() }, 'Set'],
  ])('%o is %s', (value, found) => {
    const message = (path: string) => `${path}: expected a value that JSON can carry, got ${found}`
    for (const [wrapped, path] of [
      [value, 'payload'],
      [[0, value], 'payload[1]'],
      [{ a: [{ b: value }] }, 'payload.a[0].b'],
    ] as const) {
      const isLeftOut = path.endsWith('b') && found === 'undefined'
      const copy = copyJson(wrapped)
      if (isLeftOut) expect(copy).toEqual({ ok: true, value: { a: [{}] } })
      else if (copy.ok) throw new Error('it was copied')
      else {
        expect(copy.error.code).toBe('invalid_payload')
        expect(copy.error.message.split(';')[0]).toBe(message(path))
      }
    }
  })

  it.each<[string, unknown, string]>([
    [
      'a circle',
      circle,
      'payload.self.circle: expected a value that JSON can carry, got an object that contains itself',
    ],
    [
      'a hole in an array',
      sparse,
      'payload[0]: expected a value that JSON can carry, got undefined',
    ],
    [
      'a nesting without end',
      deep,
      'payload: expected a value that JSON can carry, got RangeError',
    ],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no')
        },
      },
      'got Error: no',
    ],
    [
      'a toJSON that throws',
      {
        toJSON() {
          throw new Error('no')
        },
      },
      'got Error: no',
    ],
  ])('%s', (_, value, message) => {
    expect(copyJson(value)).toMatchObject({
      ok: false,
      error: { code: 'invalid_payload', message: expect.stringContaining(message) },
    })
  })

  it('says whose value it is', () => {
    expect(copyJson({ a: 1n }, 'state')).toMatchObject({
      error: { message: expect.stringMatching(/^state\.a: /) },
    })
  })
})

it.each<[unknown, unknown]>([
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [new URL('https://example.org/'), 'https://example.org/'],
  [new Price(5), { cents: 5 }],
  [new Point(), { x: 1, y: 2 }],
  [Object(5), 5],
  [Object('text'), 'text'],
  [Object(false), false],
  [{ a: undefined, b: null }, { b: null }],
  [Object.create(null), {}],
  [
    [shared, shared],
    [{ a: 1 }, { a: 1 }],
  ],
  [-0, 0],
])('%o is carried as %o', (value, carried) => {
  expect(copyJson(value)).toEqual({ ok: true, value: carried })
})

it('copies what it is given, with names that an object has of its own', () => {
  const given = JSON.parse('{"__proto__":{"a":1},"constructor":[1]}') as object
  const copy = copyJson(given)
  expect(JSON.stringify(copy.ok && copy.value)).toBe(JSON.stringify(given))
  expect(({} as Record<string, unknown>).a).toBeUndefined()
})

it('copies every JSON value as JSON does', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const copy = copyJson(value)
      expect(JSON.stringify(copy.ok && copy.value)).toBe(JSON.stringify(value))
      if (typeof value === 'object' && value !== null) {
        expect(copy.ok && copy.value).not.toBe(value)
      }
    }),
  )
})

it.each([{ a: ['b\ud800'] }, { '\udc00': 1 }, '\ud83d'])(
  'refuses half of a character in %j',
  (value) => {
    expect(copyJson(value)).toMatchObject({
      ok: false,
      error: { code: 'invalid_payload', message: expect.stringMatching(/half of a character/) },
    })
  },
)
