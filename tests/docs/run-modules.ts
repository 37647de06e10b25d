import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Runs modules one after the other, each in a folder of its own, and says of each whether it failed.
/** Only against hanging: far more than any of them takes. */
const PATIENCE_MS = 300_000

let problems: string[] = []
process.on('unhandledRejection', (reason) => problems.push(String(reason)))
process.on('uncaughtException', (error) => problems.push(String(error)))

const folder = process.cwd()
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = publicKey.export({ type: 'spki', format: 'pem' })

for (const file of process.argv.slice(2)) {
  problems = []
  // Each keeps its files to itself, and finds those that an application has.
  process.chdir(mkdtempSync(join(folder, 'run-')))
  writeFileSync('issuer.pem', pem)
  try {
    await Promise.race([import(file), overdue()])
    // What fails without being awaited fails by then.
    await new Promise((resolve) => setImmediate(resolve))
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  process.stdout.write(`\n@ran ${JSON.stringify({ file, problems })}\n`)
}
process.exit(0)

async function overdue(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
  throw new Error('it waits for something that does not come')
}
