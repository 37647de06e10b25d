import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './code-blocks.ts'
import { linksIn, markdownFiles, pagesNamedByCode, problemOf } from './links.ts'

const problems = (links: Parameters<typeof problemOf>[0][]): string[] =>
  links.map(problemOf).filter((problem) => problem !== undefined)

it('resolves every link between pages, with its heading', () => {
  const links = markdownFiles().flatMap((file) =>
    linksIn(file, readFileSync(join(root, file), 'utf8')),
  )
  expect(links.length).toBeGreaterThan(200)
  expect(problems(links)).toEqual([])
})

it('has every page that the code names', () => {
  expect(problems(pagesNamedByCode())).toEqual([])
})

it('notices a missing file and a missing heading', () => {
  const text = '[a](nowhere.md) [b](docs/limits.md#nowhere) [c](docs/limits.md#of-a-user)'
  expect(problems(linksIn('README.md', text))).toEqual([
    'README.md: nowhere.md leads to no file',
    'README.md: docs/limits.md has no heading #nowhere',
  ])
  const address = 'https://github.com/coterie-realtime/coterie/blob/main/nowhere.md'
  expect(problems(linksIn('packages/cli/README.md', `[d](${address})`))).toHaveLength(1)
})
