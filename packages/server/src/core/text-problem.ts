import { HALF_CHARACTER, isOfLength } from '@coterie/protocol'

/** Says what is wrong with a text to store; undefined if it is valid. */
export function textProblem(value: unknown, min: number, max: number): string | undefined {
  if (!isOfLength(value, min, max)) {
    return min === 0 ? `expected at most ${max} characters` : `expected ${min}–${max} characters`
  }
  // Not every database can store a NUL, and none can store half of a surrogate pair.
  if (value.includes('\0')) return 'holds the character U+0000, which cannot be stored'
  return value.isWellFormed() ? undefined : HALF_CHARACTER
}
