import { models } from '../models/index.ts'
import { type Command, readCommand, USAGE } from './command.ts'
import type { Model } from './model.ts'
import { runModel } from './run-model.ts'
import { type Failure, runSeed } from './run-seed.ts'

const PROGRESS_INTERVAL_MS = 5_000

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function printFailure({ name }: Model, failure: Failure): void {
  for (const fault of failure.faults) print(`  ${fault}`)
  print(`  schedule: ${failure.schedule}`)
  print(`  replay:   npm run simulate -- ${name} --replay ${failure.replay}`)
}

async function run(model: Model, command: Command): Promise<boolean> {
  const { from, to } = command.seeds
  let printedMs = performance.now()
  const { kept, failure } = await runModel(model, command, (count) => {
    if (performance.now() - printedMs < PROGRESS_INTERVAL_MS) return
    printedMs = performance.now()
    print(`${model.name}: ${count} of ${to - from + 1} schedules`)
  })
  print(`${model.name}: ${kept} schedules kept every promise`)
  if (!failure) return true
  print(`${model.name}: seed ${failure.seed} broke one`)
  printFailure(model, failure)
  return false
}

async function replay(model: Model, which: string): Promise<boolean> {
  const failure = await runSeed(model, which)
  if (failure) printFailure(model, failure)
  else print(`${model.name}: ${which} kept every promise`)
  return !failure
}

async function main(args: readonly string[]): Promise<boolean> {
  if (args.includes('--help')) {
    print(USAGE)
    return true
  }
  if (args.includes('--list')) {
    for (const { name, promise } of models) print(`${name}: ${promise}`)
    return true
  }
  const command = readCommand(args, models)
  const [first] = command.models
  if (command.replay !== undefined && first) return replay(first, command.replay)
  let isKept = true
  for (const model of command.models) isKept = (await run(model, command)) && isKept
  return isKept
}

main(process.argv.slice(2)).then(
  (isKept) => {
    process.exitCode = isKept ? 0 : 1
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
  },
)
