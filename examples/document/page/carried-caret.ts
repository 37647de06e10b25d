/**
 * Returns where a caret belongs after somebody else changed the text around it.
 *
 * What both texts begin and end with counts as unchanged; a caret in what was
 * replaced stays as far into the replacement as it reaches.
 */
export function carriedCaret(before: string, after: string, caret: number): number {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head += 1
  let tail = 0
  while (
    tail < shorter - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail += 1
  }
  if (caret <= head) return caret
  if (caret >= before.length - tail) return after.length - (before.length - caret)
  return Math.min(caret, after.length - tail)
}
