import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { placeOf, root } from './code-blocks.ts'
import { startGuideServer } from './guide-server.ts'
import { runProgram } from './run-program.ts'
import { runnableBlocks } from './runnable-blocks.ts'
import { makeFolder, writeBlocks } from './written-blocks.ts'

/** Scripts that only compile, by a text in them, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'document.getElementById': 'is of a page; tests/browser has pages of its own',
  HTMLElement: 'makes an editor of a page; tests/browser has one',
  engineConformance: 'registers tests, and there is no test to be part of',
}

it.each(runnableBlocks('ts', NOT_RUN))('runs the scripts of %s', async (_, blocks) => {
  const server = await startGuideServer()
  const folder = makeFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const written = writeBlocks(folder, blocks, server.address)
  const { stdout, stderr } = await runProgram(
    [process.execPath, '--conditions=coterie-source', join(root, 'tests/docs/run-modules.ts')],
    written.map(({ file }) => file),
    { cwd: folder, env: server.environment },
  )
  const ran = [...stdout.matchAll(/^@ran (.*)$/gm)].map(
    ([, line = '']) => JSON.parse(line) as { file: string; problems: string[] },
  )
  const outcome = written.map(({ file, block }) => {
    const problems = ran.find((one) => one.file === file)?.problems ?? ['it did not end', stderr]
    return [placeOf(block), ...problems]
  })
  expect(outcome).toEqual(written.map(({ block }) => [placeOf(block)]))
})
