import { cutText, isOfLength, type JsonValue, ok, type Result, refuse } from '@coterie/protocol'
import type { JsonObject } from '../../ports/subscription-repository.ts'
import {
  createTest,
  equals,
  not,
  passes,
  VALUE_OPERATORS,
  type ValueTest,
} from './filter-operator.ts'
import { FilteredEvent } from './filtered-event.ts'

const MAX_DEPTH = 8
const MAX_VALUE_DEPTH = 32
const MAX_CONDITIONS = 64
const MAX_PATH_CHARACTERS = 200
/** A list of more values than this is not looked up, but tested. */
const MAX_KEYS = 16
/** Values that a filter can be looked up by; it is by one of them. */
const MAX_PIVOTS = 8
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const OPERATORS = [...VALUE_OPERATORS, '$not'].join(' ')

/** A value that can be looked up. */
export type FilterKey = string | number | boolean

/** Values of which a document must hold one at a path, or it does not match. */
export interface FilterPivot {
  readonly path: string
  readonly keys: readonly FilterKey[]
}

/** A query that was understood. */
export interface Filter {
  /** Tells whether a document matches, however many steps that takes. */
  matches(document: object): boolean
  /** Tells whether an event matches; what it says is of no use once the event's steps are spent. */
  passes(event: FilteredEvent): boolean
  /** Each of them has to hold, so that any one can be looked up instead of tested. */
  readonly pivots: readonly FilterPivot[]
  /** True where the one pivot says all that the query does: what it finds need not be tested. */
  readonly isPivot: boolean
}

/** A query as it is kept: data, since functions would take several times as many bytes. */
type Condition =
  | { readonly path: string; readonly test: ValueTest }
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly not: Condition }

/** A query that can be joined with others. */
export class CompiledFilter implements Filter {
  readonly #condition: Condition
  readonly pivots: readonly FilterPivot[]
  readonly isPivot: boolean

  constructor(condition: Condition, pivots: readonly FilterPivot[], isPivot: boolean) {
    this.#condition = condition
    this.pivots = pivots
    this.isPivot = isPivot
  }

  matches(document: object): boolean {
    return this.passes(new FilteredEvent(document))
  }

  passes(event: FilteredEvent): boolean {
    return holds(this.#condition, event)
  }

  /** Makes the filter that wants what all of them want. */
  static join(filters: readonly CompiledFilter[]): CompiledFilter {
    const pivots = filters.flatMap((filter) => filter.pivots).slice(0, MAX_PIVOTS)
    return new CompiledFilter({ and: filters.map((filter) => filter.#condition) }, pivots, false)
  }
}

/** What a filter is being made of. */
interface Draft {
  readonly prefix: string
  readonly pivots: FilterPivot[]
  conditions: number
}

/**
 * Compiles a query: a safe subset of MongoDB's. Refused with `invalid_payload`,
 * naming the path and the operator.
 *
 * @param prefix where the paths begin in the document
 */
export function compileFilter(query: JsonObject, prefix?: string): Result<CompiledFilter> {
  const draft: Draft = { prefix: prefix ?? '', pivots: [], conditions: 0 }
  const compiled = compileQuery(query, draft, 1, true)
  if (!compiled.ok) return compiled
  const { pivots, conditions } = draft
  const keys = Object.keys(query)
  const isPivot = keys.length === 1 && conditions === 1 && pivots.length === 1
  return ok(
    new CompiledFilter(compiled.value, pivots, isPivot && keys[0]?.startsWith('$') === false),
  )
}

/** Joins filters that all have to match. */
export function joinFilters(filters: readonly CompiledFilter[]): Filter | undefined {
  return filters.length < 2 ? filters[0] : CompiledFilter.join(filters)
}

function holds(condition: Condition, event: FilteredEvent): boolean {
  if (event.isSpent) return false
  if ('path' in condition) return passes(condition.test, event.at(condition.path), event)
  if ('and' in condition) return condition.and.every((each) => holds(each, event))
  if ('or' in condition) return condition.or.some((each) => holds(each, event))
  return !holds(condition.not, event)
}

function compileQuery(
  query: JsonValue,
  draft: Draft,
  depth: number,
  isRequired: boolean,
): Result<Condition> {
  if (!isObject(query)) return invalid('a query is an object of conditions')
  if (depth > MAX_DEPTH) return invalid(`a query nests at most ${MAX_DEPTH} deep`)
  const conditions: Condition[] = []
  for (const [key, value] of Object.entries(query)) {
    const compiled = key.startsWith('$')
      ? compileLogic(key, value, draft, depth, isRequired)
      : compileField(key, value, draft, depth, isRequired)
    if (!compiled.ok) return compiled
    conditions.push(compiled.value)
  }
  return ok(all(conditions))
}

function compileLogic(
  operator: string,
  operand: JsonValue,
  draft: Draft,
  depth: number,
  isRequired: boolean,
): Result<Condition> {
  if (operator === '$not') {
    const inner = compileQuery(operand, draft, depth + 1, false)
    return inner.ok ? ok({ not: inner.value }) : inner
  }
  if (operator !== '$and' && operator !== '$or') {
    return invalid(`unknown operator ${show(operator)}; expected $and, $or, $not or a path`)
  }
  if (!Array.isArray(operand) || operand.length === 0) {
    return invalid(`${operator} wants an array of at least one query`)
  }
  const conditions: Condition[] = []
  for (const query of operand) {
    const inner = compileQuery(query, draft, depth + 1, isRequired && operator === '$and')
    if (!inner.ok) return inner
    conditions.push(inner.value)
  }
  return ok(operator === '$and' ? all(conditions) : { or: conditions })
}

function compileField(
  path: string,
  value: JsonValue,
  draft: Draft,
  depth: number,
  isRequired: boolean,
): Result<Condition> {
  const segments = path.split('.')
  if (!isOfLength(path, 0, MAX_PATH_CHARACTERS) || segments.includes('')) {
    return invalid(`the path ${show(path)}: names joined by ".", at most 200 characters`)
  }
  const name = segments.find((segment) => FORBIDDEN.has(segment))
  if (name !== undefined) return invalid(`${name} cannot be used in the path ${show(path)}`)
  const compiled = compileOperand(path, value, draft, depth)
  if (!compiled.ok) return compiled
  const full = draft.prefix === '' ? path : `${draft.prefix}.${path}`
  const keys = isRequired ? keysOf(value) : undefined
  if (keys && draft.pivots.length < MAX_PIVOTS) draft.pivots.push({ path: full, keys })
  return ok({ path: full, test: compiled.value })
}

/** Compiles what is wanted at a path: a plain value, or operators. */
function compileOperand(
  path: string,
  value: JsonValue,
  draft: Draft,
  depth: number,
): Result<ValueTest> {
  if (!isOperators(value)) {
    return checkPlain(path, value) ?? count(draft) ?? ok(equals(value))
  }
  if (depth > MAX_DEPTH) return invalid(`a query nests at most ${MAX_DEPTH} deep, at ${path}`)
  const tests: ValueTest[] = []
  for (const [operator, operand] of Object.entries(value)) {
    const test = compileOperator(path, operator, operand, draft, depth)
    if (!test.ok) return test
    tests.push(test.value)
  }
  const [only] = tests
  if (only && tests.length === 1) return ok(only)
  return ok({ is: 'all', tests })
}

function compileOperator(
  path: string,
  operator: string,
  operand: JsonValue,
  draft: Draft,
  depth: number,
): Result<ValueTest> {
  if (operator === '$not') {
    if (!isOperators(operand)) return invalid(`${path}.$not wants an object of operators`)
    const inner = compileOperand(path, operand, draft, depth + 1)
    return inner.ok ? ok(not(inner.value)) : inner
  }
  const test = createTest(operator, operand, `${path}.${operator}`)
  if (!test) return invalid(`unknown operator ${show(operator)} at ${path}; known: ${OPERATORS}`)
  return checkPlain(path, operand) ?? count(draft) ?? test
}

function count(draft: Draft): ReturnType<typeof invalid> | undefined {
  draft.conditions += 1
  if (draft.conditions <= MAX_CONDITIONS) return undefined
  return invalid(`a query has at most ${MAX_CONDITIONS} conditions`)
}

// An operator within a plain value would silently be compared, which nobody wants.
function checkPlain(
  path: string,
  value: JsonValue,
  depth = 1,
): ReturnType<typeof invalid> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MAX_VALUE_DEPTH) {
    return invalid(`a plain value nests at most ${MAX_VALUE_DEPTH} deep, at ${path}`)
  }
  for (const [key, inner] of Object.entries(value)) {
    if (FORBIDDEN.has(key)) return invalid(`${key} cannot be used as a key, as at ${path}`)
    if (key.startsWith('$')) {
      return invalid(`${key} is within a plain value at ${path}: write the whole path with dots`)
    }
    const problem = checkPlain(path, inner as JsonValue, depth + 1)
    if (problem) return problem
  }
  return undefined
}

/** Returns the values of which one must be there; undefined where they cannot be looked up. */
function keysOf(value: JsonValue): readonly FilterKey[] | undefined {
  if (isKey(value)) return [value]
  if (!isOperators(value)) return undefined
  if (value.$eq !== undefined && isKey(value.$eq)) return [value.$eq]
  const listed = value.$in
  if (!Array.isArray(listed) || listed.length > MAX_KEYS || !listed.every(isKey)) return undefined
  return listed
}

function isKey(value: JsonValue): value is FilterKey {
  return typeof value !== 'object'
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOperators(value: JsonValue): value is JsonObject {
  return isObject(value) && Object.keys(value).some((key) => key.startsWith('$'))
}

function all(conditions: readonly Condition[]): Condition {
  const [only] = conditions
  return only && conditions.length === 1 ? only : { and: conditions }
}

function invalid(message: string): ReturnType<typeof refuse> {
  return refuse('invalid_payload', message)
}

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${cutText(text, 60)}…` : text)
}
