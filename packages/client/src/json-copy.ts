import { type JsonValue, ok, type Result, refuse } from '@coterie/protocol'

/**
 * Copies a value as JSON would carry it.
 *
 * What waits to be sent must not change with the caller's object, and a value
 * that JSON cannot carry is the caller's to hear of.
 */
export function copyJson(value: JsonValue): Result<JsonValue> {
  try {
    return ok(JSON.parse(JSON.stringify(value)))
  } catch {
    return refuse('invalid_payload', 'payload: expected a value that JSON can carry')
  }
}
