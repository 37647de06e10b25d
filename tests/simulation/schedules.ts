import fc from 'fast-check'

/** The schedules of every run, so that a verdict does not depend on chance. */
const DEFAULT_SEED = 1

/**
 * Runs a property over schedules, the same ones each time.
 *
 * `COTERIE_SCHEDULES` says another number of them, which are then drawn at random.
 *
 * A failure prints a seed and a path; `COTERIE_REPLAY=<seed>/<path>` runs that
 * schedule alone.
 */
export async function runSchedules<T extends [unknown, ...unknown[]]>(
  property: fc.IAsyncPropertyWithHooks<T>,
  defaultSchedules: number,
): Promise<void> {
  const { COTERIE_SCHEDULES: schedules, COTERIE_REPLAY: replay } = process.env
  const [seed, path] = replay?.split('/') ?? []
  await fc.assert(property, {
    numRuns: Number(schedules ?? defaultSchedules),
    ...(schedules === undefined && { seed: DEFAULT_SEED }),
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path, endOnFailure: true }),
  })
}
