import { copyJson, type JsonValue, ok, type Result, refuse } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'

/** Assigned to an object by a careless reader they would change more than the object. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Writes a value as JSON, or refuses with `invalid_payload` what JSON cannot
 * carry and keys that are dangerous.
 *
 * @param name what a refusal calls the value
 */
export function writeJson(name: string, value: JsonValue): Result<JsonText> {
  const copy = copyJson(value, name)
  if (!copy.ok) {
    return refuse('invalid_payload', `${name} is no JSON value; ${copy.error.message}`)
  }
  let forbidden: string | undefined
  const text = JSON.stringify(copy.value, (key, inner: unknown) => {
    if (FORBIDDEN_KEYS.has(key)) forbidden = key
    return inner
  })
  if (forbidden !== undefined) {
    return refuse('invalid_payload', `${forbidden} cannot be used as a key in ${name}`)
  }
  return ok(text as JsonText)
}
