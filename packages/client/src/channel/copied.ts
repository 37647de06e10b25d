import { copyJson, type JsonValue } from '@coterie/protocol'

/**
 * Returns the copy of a value that JSON would carry.
 *
 * @param name what the value is called in the error
 * @throws {RealtimeError} `invalid_payload` for what JSON cannot carry
 */
export function copied(value: unknown, name?: string): JsonValue {
  const copy = copyJson(value, name)
  if (!copy.ok) throw copy.error
  return copy.value
}
