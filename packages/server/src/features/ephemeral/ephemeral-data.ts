import { type JsonValue, ok, type Result, refuse } from '@coterie/protocol'
import type { JsonText } from '../../ports/engine.ts'

/** Bytes that the `data` of an ephemeral event has at most. */
const MAX_DATA_BYTES = 4_096
/** Assigned to an object by a careless reader they would change more than the object. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Checks what an ephemeral event carries, and writes it as text.
 *
 * Refuses what is no JSON value or has keys that are dangerous (`invalid_payload`),
 * and what has more than 4 KiB (`too_large`).
 */
export function writeEphemeralData(data: JsonValue): Result<JsonText> {
  let text: string | undefined
  let forbidden: string | undefined
  try {
    text = JSON.stringify(data, (key, value: unknown) => {
      if (FORBIDDEN_KEYS.has(key)) forbidden = key
      return value
    })
  } catch {
    // A circle, a depth without end or a number that JSON lacks.
  }
  if (text === undefined) return refuse('invalid_payload', 'data is no JSON value')
  if (forbidden !== undefined) {
    return refuse('invalid_payload', `${forbidden} cannot be used as a key in data`)
  }
  if (Buffer.byteLength(text) > MAX_DATA_BYTES) {
    return refuse('too_large', `data has at most ${MAX_DATA_BYTES} bytes`)
  }
  return ok(text as JsonText)
}
