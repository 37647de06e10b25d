import { RealtimeError, showValue } from '@coterie/protocol'

/** A kind of value that an option may have. */
export interface FieldKind {
  readonly isRight: (value: unknown) => boolean
  /** What would be right, as it follows "expected". */
  readonly expected: string
}

/** A number of seconds above 0. */
export const SECONDS_ABOVE_0: FieldKind = {
  isRight: (value) => Number.isFinite(value) && (value as number) > 0,
  expected: 'a number of seconds above 0',
}

/** A number of seconds, 0 included. */
export const SECONDS_FROM_0: FieldKind = {
  isRight: (value) => typeof value === 'number' && value >= 0,
  expected: 'a number of seconds from 0',
}

/** A whole number from 1. */
export const COUNT: FieldKind = {
  isRight: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  expected: 'a whole number from 1',
}

/** A number of messages, at least 1. */
export const MESSAGES: FieldKind = {
  ...COUNT,
  expected: 'a whole number of messages, at least 1',
}

/** A time to wait, in whole milliseconds from 0. */
export const WAIT_MS: FieldKind = {
  isRight: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  expected: 'a whole number of ms from 0',
}

/** `true` or `false`. */
export const FLAG: FieldKind = {
  isRight: (value) => typeof value === 'boolean',
  expected: 'true or false',
}

/** Makes the kind of an option that has one of certain values. */
export function oneOf(values: readonly string[]): FieldKind {
  return {
    isRight: (value) => values.some((known) => known === value),
    expected: values.map((value) => JSON.stringify(value)).join(' or '),
  }
}

/** Checks options of one kind. @throws {RealtimeError} `invalid_payload`, naming option and value */
export function checkFields(
  fields: Readonly<Record<string, unknown>>,
  { isRight, expected }: FieldKind,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (isRight(value)) continue
    const given = typeof value === 'string' ? value : showValue(value)
    const message = `${name}: expected ${expected}, not ${given}`
    throw new RealtimeError('invalid_payload', message)
  }
}
