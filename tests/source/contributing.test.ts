import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './import-graph.ts'

interface Override {
  readonly includes: readonly string[]
  readonly plugins?: readonly string[]
}

/** An exported name, with the line before it and before its comments. */
const EXPORT =
  /^(?<before>(?!\/\/).*\n)(?:\/\/ .*\n)*export (?:abstract |async )*(?:class|const|function|interface|type) \w+/gm

const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
const read = <T>(file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as T

/** Lists what stands in backticks in the prose of a text. */
function codeOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

it('names files and folders that are there', () => {
  const files = globSync('{packages,tests,bench,scripts,docs}/**/*', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**'],
  })
  const paths = codeOf(page).filter((code) => /^[\w./-]+(?:\.(?:ts|md|mjs)|\/)$/.test(code))
  expect(paths.length).toBeGreaterThan(10)
  const missing = paths.filter((path) => {
    const end = path.replace(/\/$/, '')
    return !existsSync(join(root, path)) && !files.some((file) => file.endsWith(`/${end}`))
  })
  // Your work there is kept, once you have some.
  expect(missing.filter((path) => path !== '.simulation/')).toEqual([])
})

it('names scripts that there are', () => {
  const { scripts } = read<{ scripts: Record<string, string> }>('package.json')
  const named = [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, script = '']) => script)
  expect(named.filter((script) => !(script in scripts))).toEqual([])
})

it('says where clocks and timers are forbidden, as the linter forbids them', () => {
  const { overrides } = read<{ overrides: Override[] }>('biome.json')
  const { includes = [] } = overrides.find(({ plugins }) => plugins) ?? {}
  const folders = includes.flatMap((glob) => /(\w+)(?:\/src)?\/\*\*$/.exec(glob)?.[1] ?? [])
  const sentence = /the linter forbids timers and clocks in (.+?)\./.exec(page)?.[1] ?? ''
  expect(codeOf(sentence).sort()).toEqual(folders.sort())
})

const sources = globSync('packages/*/src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] }).map(
  (file) => ({ file, text: readFileSync(join(root, file), 'utf8') }),
)

it('gives each exported name a docstring', () => {
  const without = sources.flatMap(({ file, text }) =>
    [...text.matchAll(EXPORT)]
      .filter(({ groups: { before = '' } = {} }) => !before.trimEnd().endsWith('*/'))
      .map(([line]) => `${file}: ${line.trim()}`),
  )
  expect(sources.length).toBeGreaterThan(500)
  expect(without).toEqual([])
})

it('has no file longer than it says', () => {
  const [, most = ''] = /none has more than (\d+)/.exec(page) ?? []
  const long = sources.filter(({ text }) => text.split('\n').length - 1 > Number(most))
  expect(Number(most)).toBeGreaterThan(0)
  expect(long.map(({ file }) => file)).toEqual([])
})
