import { RealtimeError } from '@coterie/server'

/** Reads an object that somebody sent. @throws {RealtimeError} `invalid_payload` */
export function readObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new RealtimeError('invalid_payload', 'expected an object')
}

/** Reads a text, without the space around it. @throws {RealtimeError} naming the field */
export function readText(value: unknown, field: string, maxCharacters: number): string {
  const given = readObject(value)[field]
  const text = typeof given === 'string' ? given.trim() : ''
  if (text.length > 0 && text.length <= maxCharacters) return text
  throw new RealtimeError(
    'invalid_payload',
    `${field}: expected a text of 1–${maxCharacters} characters`,
  )
}

/** Reads a whole number. @throws {RealtimeError} naming the field */
export function readInteger(value: unknown, field: string): number {
  const given = readObject(value)[field]
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0) return given
  throw new RealtimeError('invalid_payload', `${field}: expected a whole number from 0`)
}
