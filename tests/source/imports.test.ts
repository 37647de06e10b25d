import { expect, it } from 'vitest'
import { circlesOf, importsIn, readImports } from './import-graph.ts'
import { forbiddenImports, readImportChain, readImportRules } from './import-rules.ts'

const SOURCES = 'packages/*/src/**/*.ts'
const ALL = '{packages/*/src,bench,examples,tests,scripts}/**/*.{ts,mjs}'
/** A connection knows its memberships and each of them its connection: types alone, at one place. */
const ASSOCIATIONS = [
  ['packages/server/src/core/connection.ts', 'packages/server/src/core/membership.ts'],
]

const isTest = (file: string) => /\.test\.ts$|\/scripted[-/]/.test(file)
const imports = readImports(SOURCES)
const sources = new Map([...imports].filter(([file]) => !isTest(file)))
const rules = readImportRules()

it('keeps the imports to the table in CONTRIBUTING', () => {
  expect(sources.size).toBeGreaterThan(500)
  expect(forbiddenImports(sources, rules)).toEqual([])
})

it('has a chain in CONTRIBUTING that the table agrees with', () => {
  const chain = readImportChain()
  expect(chain.length).toBeGreaterThan(5)
  const backwards = chain.flatMap((level, index) =>
    level.flatMap((folder) => {
      const after = chain.slice(index).flat()
      return after.filter((other) => other !== folder && rules.get(folder)?.has(other))
    }),
  )
  expect(backwards).toEqual([])
})

it('lets nobody import the index of the own package', () => {
  const own = [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => /^packages\/\w+\/src\/index\.ts$/.test(target)).map(() => file),
  )
  expect(own.filter((file) => !isTest(file))).toEqual([])
})

it('has no circle of imports, also of types', () => {
  expect(circlesOf(readImports(ALL))).toEqual(ASSOCIATIONS)
})

it('sees every form of import, and a circle of three', () => {
  const text = [
    "import { a } from './a.ts'",
    "import type { B } from '../b.ts'",
    'import {\n  c,\n  type D,\n} from "./no.ts"',
    "export * from './e.ts'",
    "import './f.ts'",
    "const g = await import('./g.ts')",
  ].join('\n')
  expect(importsIn('x/y.ts', text)).toEqual(['x/a.ts', 'b.ts', 'x/e.ts', 'x/f.ts', 'x/g.ts'])
  const circle = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
  ])
  expect(circlesOf(circle)).toEqual([['a', 'b', 'c']])
})

it('refuses an import against the table, and a folder without a row', () => {
  const table = readImportRules(
    '| folder | may import |\n|---|---|\n| `server` | |\n| `ports` | |\n| `core` | `ports` |\n',
  )
  const file = (path: string) => `packages/server/src/${path}`
  const graph = new Map([
    [file('ports/a.ts'), [file('core/b.ts')]],
    [file('core/b.ts'), [file('ports/a.ts'), file('features/c/d.ts'), '@coterie/client']],
    [file('new/e.ts'), []],
  ])
  expect(forbiddenImports(graph, table)).toHaveLength(4)
})
