import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Command } from './command.ts'
import type { Model } from './model.ts'
import { ProgressFile } from './progress-file.ts'
import { countSeeds, type SeedRange, slicesOf } from './seed-ranges.ts'
import type { Slice, SliceResult } from './worker.ts'

/** A worker is asked for so many at once: a stopped run loses no more of them than these. */
const SLICE_SEEDS = 50

type Found = NonNullable<SliceResult['failure']>

/** What came of a run. */
export interface Outcome {
  /** Schedules that kept every promise, in this run and those that it resumes. */
  readonly kept: number
  /** That of the smallest seed. */
  readonly failure: Found | undefined
}

/** Runs the seeds of a model in worker processes, until one fails. */
export async function runModel(
  model: Model,
  { seeds, resume, workers }: Command,
  onProgress: (kept: number) => void,
): Promise<Outcome> {
  const progress = new ProgressFile(model.name)
  if (resume) progress.resume()
  else progress.restart()
  const slices = slicesOf(seeds, progress.done, SLICE_SEEDS)[Symbol.iterator]()
  const found: Found[] = []
  const work = async (): Promise<void> => {
    const worker = new Worker()
    try {
      while (found.length === 0) {
        const { value: slice, done } = slices.next()
        if (done) break
        const result = await worker.run({ ...slice, model: model.name })
        if (result.failure) {
          found.push(result.failure)
        } else {
          progress.add(slice)
          onProgress(keptOf(progress.done, seeds))
        }
      }
    } finally {
      worker.end()
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  const [failure] = found.toSorted((one, other) => one.seed - other.seed)
  return { kept: keptOf(progress.done, seeds), failure }
}

/** A process that runs slices, one after the other. */
class Worker {
  readonly #process: ChildProcess
  readonly #ended: Promise<never>

  constructor() {
    this.#process = fork(join(import.meta.dirname, 'worker.ts'), {
      execArgv: ['--conditions=coterie-source'],
    })
    this.#ended = once(this.#process, 'exit').then(([code, signal]) => {
      throw new Error(`a worker ended by itself: ${signal ?? code}`)
    })
    // It ends when all is done, too.
    this.#ended.catch(() => {})
  }

  async run(slice: Slice): Promise<SliceResult> {
    this.#process.send(slice)
    const [result] = await Promise.race([once(this.#process, 'message'), this.#ended])
    return result as SliceResult
  }

  end(): void {
    this.#process.kill()
  }
}

function keptOf(done: readonly SeedRange[], { from, to }: SeedRange): number {
  return countSeeds(
    done.flatMap((range) => {
      const [first, last] = [Math.max(range.from, from), Math.min(range.to, to)]
      return first > last ? [] : [{ from: first, to: last }]
    }),
  )
}
