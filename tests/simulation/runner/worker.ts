import { models } from '../models/index.ts'
import { findModel } from './command.ts'
import { type Failure, runSeed } from './run-seed.ts'
import type { SeedRange } from './seed-ranges.ts'

/** What a worker is told to run. */
export interface Slice extends SeedRange {
  readonly model: string
  readonly switches: readonly string[]
}

/** How it went: the first failure, where there was one. */
export interface SliceResult {
  readonly failure?: Failure & { readonly seed: number }
}

process.on('message', async ({ model: name, switches, from, to }: Slice) => {
  const model = findModel(models, name)
  for (let seed = from; seed <= to; seed += 1) {
    const failure = await runSeed(model, String(seed), new Set(switches))
    if (failure) {
      process.send?.({ failure: { ...failure, seed } } satisfies SliceResult)
      return
    }
  }
  process.send?.({} satisfies SliceResult)
})
