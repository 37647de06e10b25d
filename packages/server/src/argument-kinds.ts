import type { ArgumentKind } from './guard-calls.ts'
import { FLAG, SECONDS_FROM_0 } from './local/check-fields.ts'

export { FLAG, SECONDS_FROM_0 }

/** Any text. */
export const TEXT: ArgumentKind = {
  isRight: (value) => typeof value === 'string',
  expected: 'a text',
}

/** A list of texts. */
export const TEXTS: ArgumentKind = {
  isRight: (value) => Array.isArray(value) && value.every(TEXT.isRight),
  expected: 'a list of texts',
}

/** A whole number. */
export const NUMBER: ArgumentKind = {
  isRight: (value) => Number.isSafeInteger(value),
  expected: 'a whole number',
}

/** A function. */
export const CALLBACK: ArgumentKind = {
  isRight: (value) => typeof value === 'function',
  expected: 'a function',
}

/** Whatever the method itself decides on. */
export const ANY: ArgumentKind = { isRight: () => true, expected: 'anything' }

/** An object that is not a list. */
export const OBJECT: ArgumentKind = {
  isRight: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  expected: 'an object',
}

/** An object, some of whose fields are checked. */
export function fields(inner: Readonly<Record<string, ArgumentKind>> = {}): ArgumentKind {
  return { ...OBJECT, expected: 'an object of options', fields: inner }
}

/** What may be left out. */
export function optional(kind: ArgumentKind): ArgumentKind {
  return { ...kind, isRight: (value) => value === undefined || kind.isRight(value) }
}
