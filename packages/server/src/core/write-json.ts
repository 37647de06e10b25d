import { type JsonValue, ok, type Result, refuse } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'

/** Assigned to an object by a careless reader they would change more than the object. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Writes a value as JSON, or refuses with `invalid_payload` what is none or has
 * keys that are dangerous.
 *
 * @param name what a refusal calls the value
 */
export function writeJson(name: string, value: JsonValue): Result<JsonText> {
  let text: string | undefined
  let forbidden: string | undefined
  try {
    text = JSON.stringify(value, (key, inner: unknown) => {
      if (FORBIDDEN_KEYS.has(key)) forbidden = key
      return inner
    })
  } catch {
    // A circle, a depth without end or a number that JSON lacks.
  }
  if (text === undefined) return refuse('invalid_payload', `${name} is no JSON value`)
  if (forbidden !== undefined) {
    return refuse('invalid_payload', `${forbidden} cannot be used as a key in ${name}`)
  }
  return ok(text as JsonText)
}
