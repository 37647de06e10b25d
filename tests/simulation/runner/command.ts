import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Model } from './model.ts'

/** What the command line asks for. */
export interface Command {
  readonly models: readonly Model[]
  /** Both are run. */
  readonly seeds: { readonly from: number; readonly to: number }
  /** Goes on where the last run of the same seeds was stopped. */
  readonly resume: boolean
  readonly workers: number
  /** One schedule alone, as a failure names it. */
  readonly replay: string | undefined
}

export const USAGE = `npm run simulate -- [model ...] [options]

  --seeds 1..100000   the schedules to run, one for each seed (1..1000)
  --resume            go on where the last run of these seeds was stopped
  --workers 2         processes that run them at once
  --replay seed/path  one schedule alone, as a failure names it
  --list              the models, and what each of them checks
`

/**
 * Reads the command line.
 *
 * @throws {Error} saying what was wrong and what would be right
 */
export function readCommand(args: readonly string[], models: readonly Model[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '1..1000' },
      resume: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      replay: { type: 'string' },
    },
  })
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(values.seeds) ?? []
  if (from === undefined || Number(from) > Number(to)) {
    throw new Error(`--seeds ${values.seeds}: expected two numbers, as in 1..1000`)
  }
  if (!/^[1-9]\d*$/.test(values.workers)) {
    throw new Error(`--workers ${values.workers}: expected a number from 1`)
  }
  const named = positionals.map((name) => findModel(models, name))
  return {
    models: named.length > 0 ? named : models,
    seeds: { from: Number(from), to: Number(to) },
    resume: values.resume,
    workers: Number(values.workers),
    replay: values.replay,
  }
}

/** Finds a model by its name. @throws {Error} naming those that exist */
export function findModel(models: readonly Model[], name: string): Model {
  const found = models.find((model) => model.name === name)
  if (found) return found
  const names = models.map((model) => model.name).join(', ')
  throw new Error(`there is no model ${name}; expected one of ${names}`)
}
