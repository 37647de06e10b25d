import type { JsonValue } from '@coterie/protocol'

const INDEX = /^(0|[1-9]\d*)$/

/**
 * Returns what a document holds at a path; nothing where the path leads nowhere.
 * An array on the way stands for each of its elements, or for the one that a number names.
 */
export function valuesAt(document: unknown, path: readonly string[]): JsonValue[] {
  const found: JsonValue[] = []
  collect(document, path, 0, found)
  return found
}

/** Tells whether two values of JSON are the same; the order of keys does not matter. */
export function isSame(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => isSame(item, b[index] as JsonValue))
  }
  const left = a as Readonly<Record<string, JsonValue>>
  const right = b as Readonly<Record<string, JsonValue>>
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) => Object.hasOwn(right, key) && isSame(left[key] as JsonValue, right[key] as JsonValue),
    )
  )
}

function collect(value: unknown, path: readonly string[], index: number, found: JsonValue[]): void {
  const segment = path[index]
  if (segment === undefined) {
    found.push(value as JsonValue)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) {
    if (!Object.hasOwn(value, segment)) return
    collect((value as Record<string, unknown>)[segment], path, index + 1, found)
    return
  }
  if (INDEX.test(segment) && Number(segment) < value.length) {
    collect(value[Number(segment)], path, index + 1, found)
  }
  for (const item of value) {
    // As in MongoDB, an array within an array does not stand for its elements.
    if (!Array.isArray(item)) collect(item, path, index, found)
  }
}
