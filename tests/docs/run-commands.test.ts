import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHub } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'
import { placeOf, root } from './code-blocks.ts'
import { SECRET, startGuideServer } from './guide-server.ts'
import { runProgram } from './run-program.ts'
import { runnableBlocks } from './runnable-blocks.ts'
import { makeFolder } from './written-blocks.ts'

/** Commands that are not run here, by a text in them, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm ': 'runs the whole repository, which the tests of the examples and packages do',
  'npx esbuild': 'builds a page, which the test of the first application does',
}

it.each(runnableBlocks('sh', NOT_RUN))('runs the commands of %s', async (_, blocks) => {
  const server = await startGuideServer()
  const folder = makeFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const env = { ...server.environment, PATH: `${commands(folder)}:${process.env.PATH}` }
  for (const block of blocks) {
    await keepSomething(folder)
    const text = server
      .address(block.text)
      .replaceAll('=… ', `='${SECRET}' `)
      .replaceAll('/backups/', `${folder}/backups/`)
      // It would ask the registry for what stands in the folder here.
      .replaceAll('npx coterie', 'coterie')
      // A server takes the place of the shell, so that what ends it is what it was told.
      .replaceAll(/coterie (start|dev)/g, 'exec coterie $1')
    const until = text.includes('exec coterie') ? /^ready http/m : undefined
    const ran = await runProgram(['bash', '-euo', 'pipefail', '-c', text], [], {
      cwd: folder,
      env,
      until,
    })
    expect({ place: placeOf(block), ...ran }).toMatchObject({ code: 0 })
    for (const [, status = '', body = ''] of ran.stdout.matchAll(/^@answered (\d+) (.*)$/gm)) {
      // What a guide shows the id of need not be there; where it is asked for has to be.
      const isMissing = status === '404' && !body.includes('no such path')
      expect(isMissing || /^2\d\d$/.test(status), `${placeOf(block)}: ${status} ${body}`).toBe(true)
    }
  }
})

/** Makes the data folder of a server that ran there before. */
async function keepSomething(folder: string): Promise<void> {
  const hub = createHub({
    dataDir: join(folder, '.coterie'),
    channels: { lobby: { history: true } },
  })
  await hub.publish('lobby', 'note', 'kept')
  await hub.close()
}

/** Puts the commands that guides use, as they are in this repository, into a folder. */
function commands(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const write = (name: string, source: string): void => {
    const program = `exec '${process.execPath}' --conditions=coterie-source '${join(root, source)}' "$@"`
    writeFileSync(join(bin, name), `#!/bin/sh\n${program}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  write('coterie', 'packages/cli/src/main.ts')
  write('curl', 'tests/docs/curl.ts')
  return bin
}
