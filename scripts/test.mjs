import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { installPrograms } from './programs.mjs'
import { install, pinnedNode, root, tryRun } from './setup.mjs'
import { removeStaleOutput } from './stale-output.mjs'

const report = join(root, 'artefacts', 'tests.json')

install()
installPrograms()
const node = pinnedNode()
mkdirSync(join(root, 'artefacts'), { recursive: true })
rmSync(report, { force: true })
removeStaleOutput(join(root, 'packages'))

// Each check counts as one test: a tree that is not clean is not green.
const checks = [
  ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.'],
  ['node_modules/typescript/bin/tsc', '--build'],
  ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.tests.json'],
]
const failedChecks = checks.filter((check) => tryRun(node, check) !== 0)
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json']
const status = tryRun(node, [...vitest, `--outputFile.json=${report}`, ...process.argv.slice(2)])

const { numPassedTests = 0, numFailedTests = 0 } = existsSync(report)
  ? JSON.parse(readFileSync(report, 'utf8'))
  : {}
const passed = numPassedTests + checks.length - failedChecks.length
// A file that cannot even be read has no tests to count, yet it has failed.
const failed = Math.max(numFailedTests, status === 0 ? 0 : 1) + failedChecks.length
for (const check of failedChecks) process.stderr.write(`failed: ${check.join(' ')}\n`)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)
