import { createHash } from 'node:crypto'

/** As long as a random name; one of 2^72 is another log's by chance. */
const EPOCH_CHARACTERS = 12

/**
 * Names the log of a channel that nothing was written to yet, without a row.
 *
 * Each channel has its own name, so that a position never fits the log of
 * another channel. The name stays over restarts. It changes only when a log is
 * forgotten that was written to after it was given: from then on a log with the
 * old name may have begun and been forgotten.
 *
 * @param named how many events all channels had when the name was given
 */
export function unbornEpoch(sequenceEpoch: string, named: number, channel: string): string {
  const source = `${sequenceEpoch} ${named} ${channel}`
  const digest = createHash('sha256').update(source).digest('base64url')
  return digest.slice(0, EPOCH_CHARACTERS)
}
