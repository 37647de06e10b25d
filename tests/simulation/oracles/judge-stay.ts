/** What one part of a page heard of a channel on which everything is numbered. */
export interface Stay {
  /** Numbers of the events, in the order in which they came. */
  readonly heard: readonly number[]
  /** The first event after it was told that it is joined; undefined while it was not. */
  readonly mustHearFrom: number | undefined
}

/**
 * Returns what is wrong with what one part of a page heard, in words.
 *
 * @param last the number of the event that was published last before it left
 */
export function judgeStay(name: string, { heard, mustHearFrom }: Stay, last: number): string[] {
  const faults: string[] = []
  for (const [index, number] of heard.entries()) {
    const before = heard[index - 1]
    if (before !== undefined && number !== before + 1) {
      faults.push(`${name} heard ${number} after ${before}`)
    }
    if (number > last) faults.push(`${name} heard ${number}, and ${last} came last`)
  }
  if (mustHearFrom === undefined) return faults
  const all = new Set(heard)
  for (let number = mustHearFrom; number <= last; number += 1) {
    if (!all.has(number)) faults.push(`${name} missed ${number}`)
  }
  return faults
}
