import { isOfLength } from './character-count.ts'
import type { JsonValue } from './frames/frame.ts'
import { HALF_CHARACTER, isWholeText } from './well-formed.ts'

const MAX_KEY_CHARACTERS = 200
/** Keys by which a careless reader could pollute the prototype of objects. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Values by their keys. Keys of a list's items are `<list>/<item>`. */
export type StateValues = Readonly<Record<string, JsonValue>>

/** Says what is wrong with a key of shared state; undefined when nothing is. */
export function stateKeyProblem(key: string): string | undefined {
  if (!isOfLength(key, 1, MAX_KEY_CHARACTERS)) {
    return `a key has 1–${MAX_KEY_CHARACTERS} characters`
  }
  if (!isWholeText(key)) return `a key ${HALF_CHARACTER}`
  const name = key.split('/').find((part) => FORBIDDEN_NAMES.has(part))
  return name && `${name} cannot be used as a key`
}

/** Says what is wrong with values of shared state; undefined when nothing is. */
export function stateValuesProblem(values: StateValues): string | undefined {
  for (const [key, value] of Object.entries(values)) {
    const problem = stateKeyProblem(key)
    if (problem !== undefined) return problem
    const found = problemIn(value)
    if (found !== undefined) return `${found}, as in the value of ${key}`
  }
  return undefined
}

// Depth is bounded by that of a frame.
function problemIn(value: JsonValue): string | undefined {
  if (typeof value === 'string') return isWholeText(value) ? undefined : `a text ${HALF_CHARACTER}`
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    if (FORBIDDEN_NAMES.has(name)) return `${name} cannot be used as a key`
    if (!isWholeText(name)) return `a key ${HALF_CHARACTER}`
    const found = problemIn(inner)
    if (found !== undefined) return found
  }
  return undefined
}
