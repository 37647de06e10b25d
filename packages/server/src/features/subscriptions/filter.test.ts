import type { JsonValue } from '@coterie/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../ports/subscription-repository.ts'
import { compileFilter } from './filter.ts'

function matches(query: JsonObject, document: object): boolean {
  const compiled = compileFilter(query)
  if (!compiled.ok) throw compiled.error
  return compiled.value.matches(document)
}

function problem(query: unknown): string {
  const compiled = compileFilter(query as JsonObject)
  return compiled.ok ? 'none' : compiled.error.message
}

function nested(levels: number): JsonObject {
  let query: JsonObject = { a: 1 }
  for (let level = 1; level < levels; level += 1) query = { $and: [query] }
  return query
}

const post = {
  category: 'tech',
  price: 9.5,
  draft: false,
  deleted_at: null,
  tags: ['news', 'ai'],
  author: { name: 'Ada', roles: [{ id: 1 }, { id: 2, scope: 'all' }] },
  sizes: [
    [1, 2],
    [3, 4],
  ],
}

describe('a filter', () => {
  it.each<[JsonObject, boolean]>([
    [{}, true],
    [{ category: 'tech' }, true],
    [{ category: 'art' }, false],
    [{ category: 'tech', draft: true }, false],
    [{ price: '9.5' }, false],
    [{ price: { $gt: 9, $lt: 10 } }, true],
    [{ price: { $gte: 9.5 } }, true],
    [{ price: { $lte: 9.4 } }, false],
    [{ price: { $gt: '9' } }, false],
    [{ category: { $gt: 'a' } }, true],
    [{ draft: { $lt: 'z' } }, false],
    [{ category: { $ne: 'art' } }, true],
    [{ missing: { $ne: 'art' } }, true],
    [{ category: { $in: ['art', 'tech'] } }, true],
    [{ category: { $in: [] } }, false],
    [{ category: { $nin: ['art', 'tech'] } }, false],
    [{ missing: { $nin: ['art'] } }, true],
    [{ deleted_at: null }, true],
    [{ missing: null }, true],
    [{ category: null }, false],
    [{ missing: { $in: [null] } }, true],
    [{ deleted_at: { $exists: true } }, true],
    [{ missing: { $exists: false } }, true],
    [{ category: { $exists: false } }, false],
    [{ tags: 'ai' }, true],
    [{ tags: ['news', 'ai'] }, true],
    [{ tags: ['ai', 'news'] }, false],
    [{ tags: { $ne: 'ai' } }, false],
    [{ 'tags.1': 'ai' }, true],
    [{ 'tags.01': 'ai' }, false],
    [{ 'tags.length': 2 }, false],
    [{ sizes: [3, 4] }, true],
    [{ sizes: 3 }, false],
    [{ 'author.name': 'Ada' }, true],
    [{ 'author.roles.id': 2 }, true],
    [{ 'author.roles.1.scope': 'all' }, true],
    [{ 'author.roles.0.scope': 'all' }, false],
    [{ 'author.roles.id': { $gt: 1 } }, true],
    [{ author: { roles: [{ id: 1 }, { scope: 'all', id: 2 }], name: 'Ada' } }, true],
    [{ author: { name: 'Ada' } }, false],
    [{ toString: { $exists: true } }, false],
    [{ price: { $not: { $gt: 10 } } }, true],
    [{ price: { $not: { $gt: 9, $lt: 10 } } }, false],
    [{ $not: { category: 'art' } }, true],
    [{ $or: [{ category: 'art' }, { price: 9.5 }] }, true],
    [{ $or: [{ category: 'art' }, { price: 1 }] }, false],
    [{ $and: [{ category: 'tech' }, { price: 1 }] }, false],
    [{ $and: [{ category: 'tech' }, { $or: [{ tags: 'x' }, { tags: 'ai' }] }] }, true],
  ])('%j matches a post: %s', (query, expected) => {
    expect(matches(query, post)).toBe(expected)
  })

  it.each<[unknown, string]>([
    [{ price: { $regex: 'a' } }, 'unknown operator "$regex" at price'],
    [{ $where: 'true' }, 'unknown operator "$where"'],
    [{ price: { $gt: 1, max: 2 } }, 'unknown operator "max" at price'],
    [{ price: { $gt: true } }, 'price.$gt wants a number or a string'],
    [{ price: { $exists: 1 } }, 'price.$exists wants true or false'],
    [{ price: { $in: 1 } }, 'price.$in wants an array of at most 1,000 values'],
    [{ price: { $nin: new Array(1_001).fill(1) } }, 'price.$nin wants an array'],
    [{ price: { $not: 1 } }, 'price.$not wants an object of operators'],
    [{ $or: [] }, '$or wants an array of at least one query'],
    [{ $and: { a: 1 } }, '$and wants an array'],
    [{ $or: ['a'] }, 'a query is an object'],
    [[], 'a query is an object'],
    [{ a: { b: { $gt: 1 } } }, '$gt is within a plain value at a'],
    [{ 'a..b': 1 }, 'the path "a..b"'],
    [{ '': 1 }, 'the path ""'],
    [{ ['a'.repeat(201)]: 1 }, 'at most 200 characters'],
    [JSON.parse('{"__proto__": 1}'), '__proto__ cannot be used in the path'],
    [{ 'a.constructor.name': 1 }, 'constructor cannot be used in the path'],
    [{ a: { $eq: JSON.parse('{"__proto__": 1}') } }, '__proto__ cannot be used as a key'],
    [nested(9), 'nests at most 8 deep'],
    [Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i])), 'at most 64'],
  ])('refuses %j', (query, message) => {
    expect(problem(query)).toContain(message)
  })

  it('takes what is just within its bounds', () => {
    expect(problem(nested(8))).toBe('none')
    expect(problem({ a: { $in: new Array(1_000).fill('b') } })).toBe('none')
  })

  it('names what has to hold, and only that', () => {
    const pivots = (query: JsonObject) => {
      const compiled = compileFilter(query, 'payload')
      return compiled.ok ? compiled.value.pivots : undefined
    }
    expect(pivots({ a: 1, $and: [{ b: { $in: ['x', 'y'] } }], c: { $gt: 1 } })).toEqual([
      { path: 'payload.a', keys: [1] },
      { path: 'payload.b', keys: ['x', 'y'] },
    ])
    expect(pivots({ $or: [{ a: 1 }], $not: { a: 1 }, b: null, c: { $not: { $eq: 1 } } })).toEqual(
      [],
    )
  })

  it('decides as its definition says, whatever is asked of whatever document', () => {
    fc.assert(
      fc.property(anyQuery, anyDocument, (query, document) => {
        expect(matches(query, document)).toBe(evaluate(query, document))
      }),
      { numRuns: 2_000 },
    )
  })
})

const name = fc.constantFrom('a', 'b', 'c', '0')
const scalar = fc.constantFrom<JsonValue>(0, 1, 2, 'x', 'y', '1', true, false, null)
const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
}))
const anyDocument = fc.dictionary(name, anyValue, { maxKeys: 4 })
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('.'))
const operator: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ $eq: anyValue }),
  fc.record({ $ne: anyValue }),
  fc.record({ $gt: fc.constantFrom<JsonValue>(0, 1, 'x') }),
  fc.record({ $gte: fc.constantFrom<JsonValue>(1, 'x') }),
  fc.record({ $lt: fc.constantFrom<JsonValue>(2, 'y') }),
  fc.record({ $lte: fc.constantFrom<JsonValue>(1, 'x') }),
  fc.record({ $in: fc.array(anyValue, { maxLength: 3 }) }),
  fc.record({ $nin: fc.array(anyValue, { maxLength: 3 }) }),
  fc.record({ $exists: fc.boolean() }),
)
const operators: fc.Arbitrary<JsonObject> = fc
  .tuple(operator, operator, fc.boolean())
  .map(([one, other, isNegated]) =>
    isNegated ? { $not: { ...one, ...other } } : { ...one, ...other },
  )
const { query: anyQuery } = fc.letrec<{ query: JsonObject }>((tie) => {
  const list = fc.array(tie('query'), { minLength: 1, maxLength: 3 })
  return {
    query: fc.oneof(
      { maxDepth: 2 },
      fc.dictionary(path, fc.oneof(anyValue, operators), { maxKeys: 3 }),
      fc.record({ $and: list }),
      fc.record({ $or: list }),
      fc.record({ $not: tie('query') }),
    ),
  }
})

// The definition, as slow and plain as it can be said.
function evaluate(query: JsonObject, document: JsonValue): boolean {
  return Object.entries(query).every(([key, wanted]) => {
    const queries = wanted as JsonObject[]
    if (key === '$and') return queries.every((inner) => evaluate(inner, document))
    if (key === '$or') return queries.some((inner) => evaluate(inner, document))
    if (key === '$not') return !evaluate(wanted as JsonObject, document)
    const values = reach(document, key.split('.'))
    return isPlain(wanted) ? holds('$eq', wanted, values) : holdAll(wanted as JsonObject, values)
  })
}

function isPlain(value: JsonValue): boolean {
  return !/^\{"\$/.test(JSON.stringify(value))
}

function holdAll(wanted: JsonObject, values: JsonValue[]): boolean {
  return Object.entries(wanted).every(([operator, operand]) => holds(operator, operand, values))
}

function reach(value: JsonValue, names: string[]): JsonValue[] {
  const [first, ...rest] = names
  if (first === undefined) return [value]
  if (typeof value !== 'object' || value === null) return []
  const own = Object.entries(value).filter(([key]) => key === first)
  const here = own.flatMap(([, inner]) => reach(inner as JsonValue, rest))
  if (!Array.isArray(value)) return here
  const items = value.filter((item) => !Array.isArray(item))
  return [...here, ...items.flatMap((item) => reach(item, names))]
}

function holds(operator: string, operand: JsonValue, values: JsonValue[]): boolean {
  const spread = values.flatMap((value) => (Array.isArray(value) ? [value, ...value] : [value]))
  const canonical = (value: JsonValue): string =>
    JSON.stringify(value, (_, inner) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    )
  const isEqual = (wanted: JsonValue): boolean =>
    spread.some((value) => canonical(value) === canonical(wanted)) ||
    (wanted === null && values.length === 0)
  const compare = (test: (value: string | number, wanted: string | number) => boolean): boolean =>
    spread.some((value) => typeof value === typeof operand && test(value as 1, operand as 1))
  switch (operator) {
    case '$eq':
      return isEqual(operand)
    case '$ne':
      return !isEqual(operand)
    case '$gt':
      return compare((value, wanted) => value > wanted)
    case '$gte':
      return compare((value, wanted) => value >= wanted)
    case '$lt':
      return compare((value, wanted) => value < wanted)
    case '$lte':
      return compare((value, wanted) => value <= wanted)
    case '$in':
      return (operand as JsonValue[]).some(isEqual)
    case '$nin':
      return !(operand as JsonValue[]).some(isEqual)
    case '$exists':
      return values.length > 0 === operand
    default:
      return !holdAll(operand as JsonObject, values)
  }
}
