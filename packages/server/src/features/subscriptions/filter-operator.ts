import { type JsonValue, ok, type Result, refuse } from '@coterie/protocol'
import { canonicalText, type StepMeter, stepsOfText } from './filter-value.ts'
import type { FoundValues } from './found-values.ts'

const MAX_LISTED_VALUES = 1_000
const COMPARISONS: ReadonlySet<string> = new Set(['$gt', '$gte', '$lt', '$lte'])

type Plain = string | number | boolean | null
type Comparison = '$gt' | '$gte' | '$lt' | '$lte'

/**
 * What is wanted of the values at a path. Data rather than functions, since
 * very many are kept.
 */
export type ValueTest =
  | { readonly is: 'value'; readonly wanted: Plain }
  | { readonly is: 'text'; readonly wanted: string }
  | { readonly is: 'listed'; readonly wanted: readonly Plain[]; readonly texts?: readonly string[] }
  | { readonly is: Comparison; readonly wanted: string | number }
  | { readonly is: 'there' }
  | { readonly is: 'not'; readonly test: ValueTest }
  | { readonly is: 'all'; readonly tests: readonly ValueTest[] }

/** The operators that are about one value. */
export const VALUE_OPERATORS = ['$eq', '$ne', ...COMPARISONS, '$in', '$nin', '$exists']

const THERE: ValueTest = { is: 'there' }
const NOT_THERE: ValueTest = { is: 'not', test: THERE }

/** Makes the test of an operator. @param place names the path and the operator in messages */
export function createTest(
  operator: string,
  operand: JsonValue,
  place: string,
): Result<ValueTest> | undefined {
  if (isComparison(operator)) {
    return typeof operand === 'number' || typeof operand === 'string'
      ? ok({ is: operator, wanted: operand })
      : refuse('invalid_payload', `${place} wants a number or a string`)
  }
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
      return ok(operand ? THERE : NOT_THERE)
    default:
      return undefined
  }
}

/** Makes the test that wants the opposite. */
export function not(test: ValueTest): ValueTest {
  return { is: 'not', test }
}

/** Makes the test for a value. What is not there equals null, as in MongoDB. */
export function equals(wanted: JsonValue): ValueTest {
  return isPlain(wanted) ? { is: 'value', wanted } : { is: 'text', wanted: textOf(wanted) }
}

/** Tells whether what an event holds at a path is what is wanted, while there are steps. */
export function passes(test: ValueTest, found: FoundValues, meter: StepMeter): boolean {
  switch (test.is) {
    case 'value':
      return hasPlain(test.wanted, found, meter)
    case 'text':
      return found.hasText(test.wanted, meter)
    case 'listed':
      return isListed(test, found, meter)
    case 'there':
      return meter.take(1) && !found.isEmpty
    case 'not':
      return !passes(test.test, found, meter)
    case 'all':
      return test.tests.every((each) => passes(each, found, meter))
    default:
      return compares(test, found, meter)
  }
}

function hasPlain(wanted: Plain, found: FoundValues, meter: StepMeter): boolean {
  return wanted === null && found.isEmpty ? meter.take(1) : found.has(wanted, meter)
}

function isListed(
  { wanted, texts = [] }: Extract<ValueTest, { is: 'listed' }>,
  found: FoundValues,
  meter: StepMeter,
): boolean {
  return (
    wanted.some((value) => hasPlain(value, found, meter)) ||
    texts.some((text) => found.hasText(text, meter))
  )
}

// Some value compares so where the smallest or the greatest does.
function compares(
  { is, wanted }: Extract<ValueTest, { is: Comparison }>,
  found: FoundValues,
  meter: StepMeter,
): boolean {
  const isText = typeof wanted === 'string'
  if (!meter.take(isText ? stepsOfText(wanted) : 1)) return false
  const range = isText ? found.strings(meter) : found.numbers(meter)
  if (!range) return false
  switch (is) {
    case '$gt':
      return range.max > wanted
    case '$gte':
      return range.max >= wanted
    case '$lt':
      return range.min < wanted
    case '$lte':
      return range.min <= wanted
  }
}

function createListed(operand: JsonValue, place: string): Result<ValueTest> {
  if (!Array.isArray(operand) || operand.length > MAX_LISTED_VALUES) {
    return refuse('invalid_payload', `${place} wants an array of at most 1,000 values`)
  }
  const wanted = [...new Set(operand.filter(isPlain))]
  const texts = operand.filter((value) => !isPlain(value)).map(textOf)
  return ok({ is: 'listed', wanted, ...(texts.length > 0 && { texts: [...new Set(texts)] }) })
}

function textOf(value: JsonValue): string {
  return canonicalText(value) ?? ''
}

function isPlain(value: JsonValue): value is Plain {
  return typeof value !== 'object' || value === null
}

function isComparison(operator: string): operator is Comparison {
  return COMPARISONS.has(operator)
}
