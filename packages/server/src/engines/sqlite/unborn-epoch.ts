import { createHash } from 'node:crypto'

/** As long as a random name: two logs share one with a probability of 2^-72. */
const EPOCH_CHARACTERS = 12

/**
 * Returns the epoch of a channel's log that has no row yet.
 *
 * Each channel has its own epoch, so that a position never fits the log of
 * another channel. The epoch survives restarts. It changes only after a log that
 * was written to in the meantime is deleted: this channel's log may have been
 * created and deleted since.
 *
 * @param named the number of all events when the epoch was assigned
 */
export function unbornEpoch(sequenceEpoch: string, named: number, channel: string): string {
  const source = `${sequenceEpoch} ${named} ${channel}`
  const digest = createHash('sha256').update(source).digest('base64url')
  return digest.slice(0, EPOCH_CHARACTERS)
}
