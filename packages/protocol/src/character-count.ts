/**
 * Tells whether a value is a text with a number of Unicode characters.
 *
 * Counts code points, as JSON Schema and the schemas of frames do: an emoji of
 * two UTF-16 units counts as one character. A much too long text is not counted.
 */
export function isOfLength(value: unknown, min: number, max: number): value is string {
  if (typeof value !== 'string') return false
  // A character has one unit or two.
  if (value.length < min || value.length > 2 * max) return false
  if (value.length <= max && value.length >= 2 * min) return true
  const count = [...value].length
  return count >= min && count <= max
}
