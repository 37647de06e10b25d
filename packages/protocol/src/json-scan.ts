import { isExactNumber } from './exact-number.ts'

/** What one pass over JSON text finds without building a value. */
export interface JsonScan {
  /** True when the text nests deeper than allowed; the other fields are then undefined. */
  readonly tooDeep: boolean
  /** The text of the named top-level member, or undefined when it cannot be cut out. */
  readonly member: string | undefined
  /** The first number, outside the member, that parsing as a double would change. */
  readonly inexactNumber: string | undefined
}

/** Shorter numbers without an exponent are exact. */
const MIN_INEXACT_CHARACTERS = 16

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const UPPER_E = 0x45
const LOWER_E = 0x65

/**
 * Scans JSON text once: measures its depth, cuts out one top-level member, and
 * finds numbers that would be rounded.
 *
 * The text need not be valid; `member` is meaningful only after the text was
 * parsed. Cutting the member out lets a payload travel as the bytes that its
 * sender wrote, so that nothing is serialised twice and no number is rounded.
 */
export function scanJson(text: string, maxDepth: number, member: string | undefined): JsonScan {
  let depth = 0
  let keyStart = -1
  let keyEnd = -1
  let valueStart = -1
  let found: string | undefined
  let isMember = false
  let inexactNumber: string | undefined
  let hasEscapedKey = false

  const endMember = (end: number): void => {
    if (isMember) found = text.slice(valueStart, end).trim()
    valueStart = -1
    isMember = false
  }

  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      const end = closingQuote(text, i + 1)
      if (depth === 1 && valueStart === -1) {
        keyStart = i + 1
        keyEnd = end
        hasEscapedKey ||= text.slice(keyStart, keyEnd).includes('\\')
      }
      i = end
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1
      if (depth > maxDepth) return { tooDeep: true, member: undefined, inexactNumber }
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (depth === 1) endMember(i)
      depth -= 1
    } else if (depth === 1 && code === COLON) {
      valueStart = i + 1
      isMember = text.slice(keyStart, keyEnd) === member
    } else if (depth === 1 && code === COMMA) {
      endMember(i)
    } else if (code === MINUS || isDigit(code)) {
      const end = numberEnd(text, i)
      if (!isMember && inexactNumber === undefined && isInexact(text, i, end)) {
        inexactNumber = text.slice(i, end)
      }
      i = end - 1
    }
  }
  // An escaped key may spell the member's name, and the last of two equal keys wins.
  return { tooDeep: false, member: hasEscapedKey ? undefined : found, inexactNumber }
}

/**
 * Cuts the text of a JSON array into the texts of its elements.
 *
 * Returns undefined when the text is not an array, or has too many elements;
 * the rest is then not read. The elements need not be valid JSON.
 */
export function splitJsonArray(
  text: string,
  maxElements = Number.POSITIVE_INFINITY,
): string[] | undefined {
  const array = text.trim()
  if (!array.startsWith('[') || !array.endsWith(']')) return undefined
  const elements: string[] = []
  let depth = 0
  let start = 1
  const end = array.length - 1
  for (let i = 1; i < end; i += 1) {
    const code = array.charCodeAt(i)
    if (code === QUOTE) i = closingQuote(array, i + 1)
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth += 1
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth -= 1
    else if (code === COMMA && depth === 0) {
      // Each comma is followed by one more element.
      if (elements.length + 1 >= maxElements) return undefined
      elements.push(array.slice(start, i).trim())
      start = i + 1
    }
  }
  const last = array.slice(start, end).trim()
  if (last === '' && elements.length === 0) return []
  return maxElements < 1 ? undefined : [...elements, last]
}

function isInexact(text: string, start: number, end: number): boolean {
  const number = text.slice(start, end)
  const isLong = number.length >= MIN_INEXACT_CHARACTERS || /[eE]/.test(number)
  return isLong && !isExactNumber(number)
}

function numberEnd(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    const isOfNumber = isDigit(code) || code === POINT || code === PLUS || code === MINUS
    if (!isOfNumber && code !== LOWER_E && code !== UPPER_E) return i
  }
  return text.length
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

function closingQuote(text: string, from: number): number {
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) return i
    if (code === BACKSLASH) i += 1
  }
  return text.length
}
