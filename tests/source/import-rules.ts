import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ImportGraph, root } from './import-graph.ts'

const SOURCE = /^packages\/(?<name>\w+)\/src\/(?<path>.+)$/
/** The tables whose second column says what a folder may import. */
const TABLE = /^\| folder \| may import.*\n\|[-| ]+\|\n(?<rows>(?:\|.*\n)+)/gm
const ROW = /^\| `(?<folder>\w+)` \|(?<imports>[^|]*)\|/gm
const CHAIN = /^`(?<chain>protocol ← .+)`$/m
/** Files that join everything, and so may import everything. */
const JOINING = new Set(['create-hub.ts', 'index.ts'])
/** The files of the server that are in no folder. */
const HUB = 'hub'

/** Which folders each folder may import beside itself, by their names. */
export type ImportRules = ReadonlyMap<string, ReadonlySet<string>>

/** Reads the table of imports in CONTRIBUTING. */
export function readImportRules(page = readContributing()): ImportRules {
  const rows = [...page.matchAll(TABLE)].map(({ groups = {} }) => groups.rows).join('')
  return new Map(
    [...rows.matchAll(ROW)].map(({ groups: { folder = '', imports = '' } = {} }) => [
      folder,
      new Set([...imports.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)),
    ]),
  )
}

/** Reads the chain of imports in CONTRIBUTING: each may import what stands before it. */
export function readImportChain(page = readContributing()): string[][] {
  const { chain = '' } = CHAIN.exec(page)?.groups ?? {}
  return chain.split(' ← ').map((level) => level.split(', '))
}

/** Lists the imports that the rules do not allow, and the folders that have no rule. */
export function forbiddenImports(graph: ImportGraph, rules: ImportRules): string[] {
  const problems: string[] = []
  for (const [file, imports] of graph) {
    const from = folderOf(file)
    if (from === undefined) continue
    const allowed = rules.get(from.startsWith('features/') ? 'features' : from)
    if (!allowed) problems.push(`${file}: CONTRIBUTING has no row for ${from}`)
    for (const target of imports) {
      const to = folderOf(target)
      if (to === undefined || to === from || allowed?.has(to)) continue
      // Where all features are allowed, each is.
      if (to.startsWith('features/') && allowed?.has('features')) continue
      problems.push(`${file} imports ${target}, but ${from} may not import ${to}`)
    }
  }
  return problems
}

/** Returns the name by which the table knows a file's folder, or a package that is imported. */
function folderOf(file: string): string | undefined {
  const { name, path } = SOURCE.exec(file)?.groups ?? {}
  if (name === undefined || path === undefined) return packageOf(file)
  if (name !== 'server') return name
  if (JOINING.has(path)) return undefined
  const [folder = '', ...rest] = path.split('/')
  if (rest.length === 0) return HUB
  if (folder !== 'features') return folder
  // A feature is a folder, or a file of its own.
  return `features/${rest[0]?.replace(/\.ts$/, '')}`
}

function packageOf(named: string): string | undefined {
  if (named === 'coterie') return 'cli'
  return /^@coterie\/(?<name>protocol|client|server|testing)\b/.exec(named)?.groups?.name
}

function readContributing(): string {
  return readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
}
