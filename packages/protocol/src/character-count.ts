/**
 * Tells whether a value is a text with so many characters of Unicode.
 *
 * They are code points, as JSON Schema and the schemas of frames count them: an
 * emoji of two UTF-16 units is one. Not more of a text is read than has to be.
 */
export function isOfLength(value: unknown, min: number, max: number): value is string {
  if (typeof value !== 'string') return false
  // A character has one unit or two.
  if (value.length < min || value.length > 2 * max) return false
  if (value.length <= max && value.length >= 2 * min) return true
  const count = countCharacters(value)
  return count >= min && count <= max
}

/** Counts the characters of Unicode, of which half of one is one. */
function countCharacters(text: string): number {
  let count = text.length
  for (let at = 1; at < text.length; at += 1) {
    if (isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1))) count -= 1
  }
  return count
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
