#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { describeStartFailure } from '@coterie/server'
import { defineCommand, renderUsage, runCommand } from 'citty'
import { backup } from './commands/backup.ts'
import { dev } from './commands/dev.ts'
import { restore } from './commands/restore.ts'
import { start } from './commands/start.ts'
import { token } from './commands/token.ts'

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string }

const subCommands = { start, dev, token, backup, restore }
const coterie = defineCommand({
  meta: { name: 'coterie', version, description: 'A realtime server of your own' },
  subCommands,
})

await run(process.argv.slice(2))

async function run(words: string[]): Promise<void> {
  const [name = ''] = words
  const command = Object.hasOwn(subCommands, name)
    ? subCommands[name as keyof typeof subCommands]
    : undefined
  if (words.includes('--version') || words.includes('-v')) {
    process.stdout.write(`${version}\n`)
  } else if (words.length === 0 || words.includes('--help') || words.includes('-h')) {
    const usage = command
      ? renderUsage<never>(command as never, coterie as never)
      : renderUsage(coterie)
    process.stdout.write(`${await usage}\n`)
  } else if (!command) {
    const known = Object.keys(subCommands).join(', ')
    fail(`unknown command ${JSON.stringify(name)}; known are ${known}`)
  } else {
    try {
      await runCommand(coterie, { rawArgs: words })
    } catch (error) {
      // citty reports wrong arguments this way; a stack trace would not help the user.
      const isUsage = error instanceof Error && error.name === 'CLIError'
      fail(isUsage ? error.message : describeStartFailure(error))
    }
  }
}

function fail(message: string): void {
  process.stderr.write(`coterie: ${message}\n`)
  process.exitCode = 1
}
