import { cutText } from './well-formed.ts'

const MAX_SHOWN_CHARACTERS = 80

/**
 * Throws when the value of an option is not allowed.
 *
 * @param expected the valid values, as the text that follows "expected"
 * @throws {TypeError} naming the option, its value and the valid values
 */
export function checkOption(
  name: string,
  value: unknown,
  isAllowed: boolean,
  expected: string,
): void {
  if (!isAllowed) throw createOptionError(name, showValue(value), expected)
}

/** Makes the error of an option, with the value as the caller shows it. */
export function createOptionError(name: string, shown: string, expected: string): TypeError {
  return new TypeError(`${name}: ${shown} is not allowed; expected ${expected}`)
}

/** Checks a whole number. @throws {TypeError} naming the option, its value and the valid values */
export function checkWholeNumber(
  name: string,
  value: unknown,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  checkOption(name, value, isWholeNumber(value, min, max), `a whole number ${range}`)
}

/** Tells whether a value is a whole number within bounds, inclusive. */
export function isWholeNumber(
  value: unknown,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
}

/** Checks that a function was given an object of options. @throws {TypeError} naming the function */
export function checkOptionsObject(name: string, options: unknown): void {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options)
  checkOption(name, options, isObject, 'an object of options')
}

/** Checks that an object has certain functions. @throws {TypeError} naming the option and all of them */
export function checkFunctions(name: string, value: unknown, functions: readonly string[]): void {
  const isComplete =
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    functions.every((member) => typeof Reflect.get(value, member) === 'function')
  const expected = `an object with the functions ${functions.map((each) => `\`${each}\``).join(', ')}`
  checkOption(name, value, isComplete, expected)
}

/** Shows a value in a message: quotes text, and shortens long values. */
export function showValue(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  const isPlain = typeof value !== 'string' && (typeof value !== 'object' || value === null)
  const text = isPlain ? String(value) : (jsonOf(value) ?? 'an object')
  return text.length > MAX_SHOWN_CHARACTERS ? `${cutText(text, MAX_SHOWN_CHARACTERS)}…` : text
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    // It contains itself, or a bigint.
    return undefined
  }
}
