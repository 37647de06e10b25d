import { performance } from 'node:perf_hooks'
import { models } from '../models/index.ts'
import { findModel } from './command.ts'
import { type Failure, runSeed } from './run-seed.ts'
import type { SeedRange } from './seed-ranges.ts'

/** What a worker is told to run. */
export interface Slice extends SeedRange {
  readonly model: string
}

/** How it went: the first failure, where there was one. */
export interface SliceResult {
  readonly failure?: Failure & { readonly seed: number }
}

/** How often a worker looks whether it has anything to do, in ms. */
const IDLE_CHECK_MS = 10_000

/** The seed that runs. */
let current: number | undefined

function fail(seed: number, fault: string): void {
  const failure = { seed, replay: String(seed), faults: [fault], schedule: '' }
  process.send?.({ failure } satisfies SliceResult)
}

// A simulated world waits for nothing: one that does would do so for ever.
let before = performance.eventLoopUtilization()
setInterval(() => {
  const now = performance.eventLoopUtilization()
  const { active } = performance.eventLoopUtilization(now, before)
  before = now
  if (current !== undefined && active < 1) fail(current, 'it waits for what never comes')
}, IDLE_CHECK_MS)

// What nobody waits for fails the schedule in which it happens, and must not end the process.
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    if (current === undefined) throw error
    const seed = current
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error)
    fail(seed, `${event}: ${fault}`)
  })
}

process.on('message', async ({ model: name, from, to }: Slice) => {
  const model = findModel(models, name)
  for (let seed = from; seed <= to; seed += 1) {
    current = seed
    const failure = await runSeed(model, String(seed))
    if (failure) {
      process.send?.({ failure: { ...failure, seed } } satisfies SliceResult)
      return
    }
  }
  current = undefined
  process.send?.({} satisfies SliceResult)
})
