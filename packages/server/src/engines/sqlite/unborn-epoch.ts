/**
 * Names the log of a channel that nothing was written to yet, without a row.
 *
 * All such logs have one name, which stays over restarts. It changes only when a
 * log is forgotten that was written to after it was given: from then on a log
 * with the old name may have begun and been forgotten.
 *
 * @param named how many events all channels had when the name was given
 */
export function unbornEpoch(sequenceEpoch: string, named: number): string {
  return `${sequenceEpoch}_${named.toString(36)}`
}
