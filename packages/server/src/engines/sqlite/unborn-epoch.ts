/**
 * Names the log of a channel that nothing was written to yet, without a row.
 *
 * Who reads such a log is told `<epoch>:0`. The name says how many events all
 * channels had at that moment, which is enough to tell later, even after a
 * restart, whether the log can have begun and been forgotten since.
 */
export function unbornEpoch(sequenceEpoch: string, sequence: number): string {
  return `${sequenceEpoch}_${sequence.toString(36)}`
}

/** Returns how many events there were when an epoch was named; undefined for any other epoch. */
export function sequenceWhenNamed(epoch: string, sequenceEpoch: string): number | undefined {
  if (!epoch.startsWith(`${sequenceEpoch}_`)) return undefined
  const text = epoch.slice(sequenceEpoch.length + 1)
  return /^(0|[1-9a-z][0-9a-z]{0,9})$/.test(text) ? Number.parseInt(text, 36) : undefined
}
