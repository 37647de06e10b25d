/** Returns the delay in ms after a number of consecutive failures (0 = the first). */
export type Backoff = (failures: number) => number

/**
 * Creates a delay that doubles with each failure, with full jitter.
 *
 * Full jitter (anything from 0 to the ceiling) best spreads the reconnects of
 * many clients that lost their server at the same time.
 *
 * @param random returns a number from 0 (included) to 1 (excluded)
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function createBackoff(baseMs: number, maxMs: number, random: () => number): Backoff {
  return (failures) => Math.round(random() * Math.min(maxMs, baseMs * 2 ** failures))
}
