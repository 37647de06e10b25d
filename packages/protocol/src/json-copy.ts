import { RealtimeError } from './errors.ts'
import type { JsonValue } from './frames/frame.ts'
import { err, ok, type Result } from './result.ts'
import { HALF_CHARACTER, isWholeText } from './well-formed.ts'

// They may have extra members, which JSON would carry instead of their contents.
const OPAQUE = ['Map', 'Set', 'Error']
const BOXED = ['Number', 'String', 'Boolean']

/**
 * Copies a value as JSON carries it, or refuses with `invalid_payload` what
 * JSON would drop or change, naming the path.
 *
 * Uses `toJSON` where a value has it, such as a date. Omits members that are
 * undefined; in an array, `undefined` would become null and is refused.
 *
 * @param name the name of the value in an error message
 */
export function copyJson(value: unknown, name = 'payload'): Result<JsonValue> {
  try {
    return ok(copyDefined(value, '', name, new Set()))
  } catch (cause) {
    if (cause instanceof RealtimeError) return err(cause)
    // A getter or `toJSON` of the caller threw, or the value nests deeper than the stack.
    return err(createMisfit(name, String(cause), cause))
  }
}

/** @throws {RealtimeError} `invalid_payload` */
function copyDefined(value: unknown, key: string, path: string, within: Set<unknown>): JsonValue {
  const copy = copyOf(value, key, path, within)
  if (copy === undefined) throw createMisfit(path, 'undefined')
  return copy
}

function copyOf(
  given: unknown,
  key: string,
  path: string,
  within: Set<unknown>,
): JsonValue | undefined {
  const value = jsonOf(given, key, path)
  if (value === null || value === undefined) return value
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') {
    if (isWholeText(value)) return value
    throw createMisfit(path, `a text that ${HALF_CHARACTER}`)
  }
  // JSON has no negative zero.
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0
  if (typeof value !== 'object') {
    throw createMisfit(path, typeof value === 'number' ? String(value) : typeof value)
  }
  if (within.has(value)) throw createMisfit(path, 'an object that contains itself')
  within.add(value)
  const copy = Array.isArray(value)
    ? Array.from(value, (item, at) => copyDefined(item, String(at), `${path}[${at}]`, within))
    : copyMembers(value, path, within)
  within.delete(value)
  return copy
}

function copyMembers(value: object, path: string, within: Set<unknown>): JsonValue {
  const members = Object.entries(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  const isOpaque =
    ArrayBuffer.isView(value) || OPAQUE.includes(tagOf(value)) || (members.length === 0 && !isPlain)
  if (isOpaque) {
    const tag = tagOf(value)
    const kind = tag === 'Object' ? value.constructor?.name || 'an object without members' : tag
    throw createMisfit(path, `${kind}; make it an array, a plain object or a string`)
  }
  if (!members.every(([key]) => isWholeText(key))) {
    throw createMisfit(path, `a name that ${HALF_CHARACTER}`)
  }
  const copies = members.map(([key, item]) => [key, copyOf(item, key, `${path}.${key}`, within)])
  return Object.fromEntries(copies.filter(([, copy]) => copy !== undefined))
}

/** Returns what JSON would write instead of a value, such as a date. */
function jsonOf(value: unknown, key: string, path: string): unknown {
  // Bytes must be sent as text; a `toJSON` of theirs would return an array.
  if (value === null || value === undefined || ArrayBuffer.isView(value)) return value
  const { toJSON } = value as { readonly toJSON?: unknown }
  if (typeof toJSON !== 'function') return BOXED.includes(tagOf(value)) ? value.valueOf() : value
  const json: unknown = toJSON.call(value, key)
  if (json === null && tagOf(value) === 'Date') throw createMisfit(path, 'Invalid Date')
  return json
}

// By tag rather than class, because every page and worker has its own classes.
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

function createMisfit(path: string, found: string, cause?: unknown): RealtimeError {
  return new RealtimeError(
    'invalid_payload',
    `${path}: expected a value that JSON can carry, got ${found}`,
    { cause },
  )
}
