import type { FakeClock } from '@coterie/testing'

/** Longer than a dead connection, a lease and a pause between two attempts take, in ms. */
const AFTERWARDS_MS = 45_000

/**
 * Lets time pass until all that is to happen has happened, and then for a while:
 * so that what comes late, twice or unasked shows too.
 *
 * @param isAtRest tells whether all is there that is to come
 * @param limitMs the time in which it has to be; whoever judges says what was missing then
 */
export async function comeToRest(
  clock: FakeClock,
  isAtRest: () => boolean,
  limitMs: number,
): Promise<void> {
  const startMs = clock.elapsed()
  await clock.until(() => isAtRest() || clock.elapsed() - startMs >= limitMs, 2 * limitMs)
  await clock.advance(AFTERWARDS_MS)
}
