import { copyJson } from '@coterie/protocol'

/** Writes a value as JSON. @throws {RealtimeError} `invalid_payload` for what JSON cannot carry */
export function jsonTextOf(value: unknown): string {
  const copy = copyJson(value, 'value')
  if (!copy.ok) throw copy.error
  return JSON.stringify(copy.value)
}
