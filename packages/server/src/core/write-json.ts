import {
  copyJson,
  HALF_CHARACTER,
  isWellFormedJson,
  ok,
  type Result,
  refuse,
} from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import { refuseField } from './field-problem.ts'

/** Keys by which a careless reader could pollute the prototype of objects. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Writes a value as JSON, or refuses with `invalid_payload` if JSON cannot represent it.
 *
 * @param name the name of the value in refusals
 */
export function jsonTextOf(name: string, value: unknown): Result<JsonText> {
  const copy = copyJson(value, name)
  return copy.ok ? ok(JSON.stringify(copy.value) as JsonText) : copy
}

/** Accepts JSON text from elsewhere; refuses invalid and incomplete text. */
export function readJsonText(name: string, text: string): Result<JsonText> {
  try {
    JSON.parse(text)
  } catch (cause) {
    return refuseField(`${name}: expected JSON`, 'invalid_payload', cause)
  }
  return isWellFormedJson(text)
    ? ok(text.trim() as JsonText)
    : refuseField(`${name}: ${HALF_CHARACTER}`)
}

/**
 * Writes a value as JSON, or refuses with `invalid_payload` a value that JSON
 * cannot represent and dangerous keys.
 *
 * @param name the name of the value in refusals
 */
export function writeJson(name: string, value: unknown): Result<JsonText> {
  const copy = copyJson(value, name)
  if (!copy.ok) {
    return refuse('invalid_payload', `${name} is not JSON: ${copy.error.message}`)
  }
  let forbidden: string | undefined
  const text = JSON.stringify(copy.value, (key, inner: unknown) => {
    if (FORBIDDEN_KEYS.has(key)) forbidden = key
    return inner
  })
  if (forbidden !== undefined) {
    return refuseField(`${name}: ${forbidden} cannot be used as a key`)
  }
  return ok(text as JsonText)
}
