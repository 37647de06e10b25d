/** Says how long to wait, in ms, after so many failures in a row (0 = the first). */
export type Backoff = (failures: number) => number

/**
 * Creates a wait that doubles with each failure, with full jitter.
 *
 * Full jitter (anything from 0 to the ceiling) spreads a crowd of clients whose
 * server went away best.
 *
 * @param random gives a number from 0 up to, not including, 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function createBackoff(baseMs: number, maxMs: number, random: () => number): Backoff {
  return (failures) => Math.round(random() * Math.min(maxMs, baseMs * 2 ** failures))
}
