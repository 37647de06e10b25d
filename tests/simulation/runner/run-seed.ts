import fc from 'fast-check'
import type { Model } from './model.ts'

/** A schedule that broke a promise. */
export interface Failure {
  /** The seed, and after a slash the way to the smallest schedule that fails. */
  readonly replay: string
  readonly faults: readonly string[]
  /** The smallest schedule that was found to fail, as JSON. */
  readonly schedule: string
}

/**
 * Runs the schedule of a seed; one that fails is made smaller as far as that goes.
 *
 * @param replay a seed, or what a failure says of itself
 */
export async function runSeed(model: Model, replay: string): Promise<Failure | undefined> {
  const [seed, path] = replay.split('/')
  let faults: readonly string[] = []
  const world = fc.noShrink(fc.nat())
  const property = fc.asyncProperty(model.schedule, world, async (schedule, random) => {
    const found = await faultsOf(model, schedule, random)
    if (found.length > 0) faults = found
    return found.length === 0
  })
  const result = await fc.check(property, {
    seed: Number(seed),
    numRuns: 1,
    // With one run for each seed, half of all schedules would be as small as can be.
    unbiased: true,
    ...(path !== undefined && { path, endOnFailure: true }),
  })
  if (!result.failed) return undefined
  return {
    replay: `${seed}/${result.counterexamplePath}`,
    faults,
    schedule: JSON.stringify(result.counterexample?.[0]),
  }
}

async function faultsOf(
  model: Model,
  schedule: unknown,
  random: number,
): Promise<readonly string[]> {
  try {
    return await model.run(schedule, random)
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}
