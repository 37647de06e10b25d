import fc from 'fast-check'

/**
 * Runs a property over random schedules; `COTERIE_SCHEDULES` says another number of them.
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
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path, endOnFailure: true }),
  })
}
