import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { allBlocks, placeOf, root } from './code-blocks.ts'
import { makeFolder, pageLine, writeBlocks } from './written-blocks.ts'

/** How the blocks of each language are held against what is there. */
const CHECKED_BY = {
  ts: 'compiled here, and run in run-blocks.test.ts',
  js: 'compiled here',
  json: 'parsed here',
  sh: 'run in run-commands.test.ts',
  exchange: 'replayed in protocol/exchanges.test.ts',
  yaml: 'held against the served metrics in tests/rest/metrics.test.ts',
  html: 'a page, shown as a browser takes it',
  http: 'shown as it travels',
  '': 'output, shown as it is printed',
}

const blocks = allBlocks()

it('knows the language of every block of the guides', () => {
  const unknown = blocks.filter(
    ({ language }) => !Object.hasOwn(CHECKED_BY, language.split(' ')[0] ?? ''),
  )
  expect(unknown.map(placeOf)).toEqual([])
  expect(blocks.length).toBeGreaterThan(60)
})

it('shows JSON that is JSON', () => {
  for (const block of blocks.filter(({ language }) => language === 'json')) {
    expect(() => JSON.parse(block.text), placeOf(block)).not.toThrow()
  }
})

it('compiles every script of the guides, as strictly as the packages themselves', () => {
  const folder = makeFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const written = writeBlocks(folder, blocks)
  expect(written.length).toBeGreaterThan(40)
  const config = {
    extends: join(root, 'tsconfig.tests.json'),
    include: [],
    files: written.map(({ file }) => file),
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '--project', folder],
    { encoding: 'utf8', cwd: folder },
  )
  const problems = stdout.replaceAll(
    /^(\S+?)\((\d+),\d+\)/gm,
    (place, path: string, line: string) => {
      const found = written.find(({ file }) => file.endsWith(path))
      return found ? pageLine(found, Number(line)) : place
    },
  )
  expect({ status, problems, stderr }).toEqual({ status: 0, problems: '', stderr: '' })
})
