import { type JsonValue, ok, type Result, refuse } from '@coterie/protocol'
import { isSame } from './filter-value.ts'

const MAX_LISTED_VALUES = 1_000

/** Tells whether what a document holds at a path is what is wanted; empty for nothing. */
export type ValueTest = (values: readonly JsonValue[]) => boolean

type Comparison = (order: number) => boolean

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['$gt', (order) => order > 0],
  ['$gte', (order) => order >= 0],
  ['$lt', (order) => order < 0],
  ['$lte', (order) => order <= 0],
])

/** The operators that are about one value. */
export const VALUE_OPERATORS = ['$eq', '$ne', ...COMPARISONS.keys(), '$in', '$nin', '$exists']

/** Makes the test of an operator. @param place names the path and the operator in messages */
export function createTest(
  operator: string,
  operand: JsonValue,
  place: string,
): Result<ValueTest> | undefined {
  const comparison = COMPARISONS.get(operator)
  if (comparison) return createComparison(comparison, operand, place)
  switch (operator) {
    case '$eq':
      return ok(equals(operand))
    case '$ne':
      return ok(not(equals(operand)))
    case '$in':
    case '$nin': {
      const listed = createListed(operand, place)
      return listed.ok && operator === '$nin' ? ok(not(listed.value)) : listed
    }
    case '$exists':
      if (typeof operand !== 'boolean') {
        return refuse('invalid_payload', `${place} wants true or false`)
      }
      return ok((values) => values.length > 0 === operand)
    default:
      return undefined
  }
}

/** Makes the test that wants the opposite. */
export function not(test: ValueTest): ValueTest {
  return (values) => !test(values)
}

/** Makes the test for a value. What is not there equals null, as in MongoDB. */
export function equals(wanted: JsonValue): ValueTest {
  if (wanted === null) return (values) => values.length === 0 || anyOf(values, isNull)
  return (values) => anyOf(values, (value) => isSame(value, wanted))
}

function createComparison(
  comparison: Comparison,
  operand: JsonValue,
  place: string,
): Result<ValueTest> {
  if (typeof operand !== 'number' && typeof operand !== 'string') {
    return refuse('invalid_payload', `${place} wants a number or a string`)
  }
  const type = typeof operand
  const compares = (value: JsonValue): boolean => {
    if (typeof value !== type) return false
    const other = value as typeof operand
    return comparison(other < operand ? -1 : other > operand ? 1 : 0)
  }
  return ok((values) => anyOf(values, compares))
}

function createListed(operand: JsonValue, place: string): Result<ValueTest> {
  if (!Array.isArray(operand) || operand.length > MAX_LISTED_VALUES) {
    return refuse('invalid_payload', `${place} wants an array of at most 1,000 values`)
  }
  const plain = new Set(operand.filter((value) => typeof value !== 'object' || value === null))
  const others = operand.filter((value) => typeof value === 'object' && value !== null)
  const isListed = (value: JsonValue): boolean =>
    plain.has(value) || others.some((other) => isSame(value, other))
  const hasNull = plain.has(null)
  return ok((values) => (values.length === 0 ? hasNull : anyOf(values, isListed)))
}

// An array fits where it fits itself, or any of its elements does.
function anyOf(values: readonly JsonValue[], fits: (value: JsonValue) => boolean): boolean {
  return values.some((value) => fits(value) || (Array.isArray(value) && value.some(fits)))
}

function isNull(value: JsonValue): boolean {
  return value === null
}
