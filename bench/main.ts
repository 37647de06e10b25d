import { describeMachine } from './machine.ts'
import { readOptions, UsageError } from './options.ts'
import { dataOf, reportOn, tableOf } from './report.ts'
import { runScenario } from './run-scenario.ts'
import { SCENARIOS } from './scenarios/all.ts'

try {
  await run()
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${reason}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2), SCENARIOS)
  if (options.list) {
    for (const { name, about } of SCENARIOS) process.stdout.write(`${name}: ${about}\n`)
    return
  }
  const { json, quick, runs } = options
  const onRun = (text: string): void => void process.stderr.write(`${text}\n`)
  const machine = describeMachine()
  if (!json) {
    const { cpu, cores, node, loadAverage } = machine
    process.stdout.write(`${cpu}, ${cores} cores, Node ${node}, load ${loadAverage}\n\n`)
  }
  const reports: object[] = []
  for (const scenario of options.scenarios) {
    if (options.peers.length > 0 && !scenario.peers.some((peer) => options.peers.includes(peer))) {
      continue
    }
    const report = reportOn(scenario, await runScenario(scenario, { ...options, onRun }))
    if (json) reports.push(dataOf(report))
    else process.stdout.write(`${tableOf(report)}\n`)
  }
  if (!json) return
  const all = { machine, options: { quick, runs }, scenarios: reports }
  process.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
}
