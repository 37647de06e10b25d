/** Significant digits to compare; no double needs more than 17. */
const MAX_DIGITS = 100

const ZERO = 0x30
const NINE = 0x39

interface Decimal {
  /** Without zeros at either end; empty for zero. */
  readonly digits: string
  /** The power of ten when the digits are read as `0.<digits>`. */
  readonly exponent: number
  /** Number of digits written, from the first that is not zero. */
  readonly precision: number
}

/**
 * Tells whether a JSON number keeps its value when it is parsed as a double.
 *
 * Any text written for a double is exact, with however many digits; a number
 * with more digits than a double holds, or beyond its range, is not.
 */
export function isExactNumber(text: string): boolean {
  const value = Number(text)
  if (!Number.isFinite(value)) return false
  const given = decimalOf(text)
  if (isSame(given, decimalOf(String(value)))) return true
  const { precision } = given
  return (
    precision > 0 &&
    precision <= MAX_DIGITS &&
    isSame(given, decimalOf(value.toPrecision(precision)))
  )
}

function isSame(a: Decimal, b: Decimal): boolean {
  return a.digits === b.digits && (a.digits === '' || a.exponent === b.exponent)
}

function decimalOf(text: string): Decimal {
  let digits = ''
  let start = text.startsWith('-') ? 1 : 0
  let exponent = 0
  let end = start
  let hasPoint = false
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end)
    if (code >= ZERO && code <= NINE) {
      if (!hasPoint) exponent += 1
    } else if (text[end] === '.') {
      digits = text.slice(start, end)
      start = end + 1
      hasPoint = true
    } else {
      exponent += Number(text.slice(end + 1))
      break
    }
  }
  digits += text.slice(start, end)
  let first = 0
  while (digits.charCodeAt(first) === ZERO) first += 1
  let last = digits.length
  while (last > first && digits.charCodeAt(last - 1) === ZERO) last -= 1
  const precision = digits.length - first
  return { digits: digits.slice(first, last), exponent: exponent - first, precision }
}
