import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ImportGraph, root } from './import-graph.ts'

const SOURCE = /^packages\/(?<name>\w+)\/src\/(?<path>.+)$/
/** The tables whose second column says what a folder may import. */
const TABLE = /^\| folder \| may import.*\n\|[-| ]+\|\n(?<rows>(?:\|.*\n)+)/gm
const ROW = /^\| `(?<folder>[\w/]+)` \|(?<imports>[^|]*)\|/gm
const CHAIN = /^`(?<chain>protocol ← .+)`$/m
/** Files that join everything, and so may import everything. */
const JOINING = new Set(['bare.ts', 'create-hub.ts', 'index.ts'])
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
      new Set([...imports.matchAll(/`([\w/]+)`/g)].map(([, name = '']) => name)),
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
    for (const name of [packageOf(file), folderOf(file)]) {
      if (name !== undefined && !rules.has(ruleOf(name))) {
        problems.push(`${file}: CONTRIBUTING has no row for ${ruleOf(name)}`)
      }
    }
    for (const target of imports) {
      const isWithin = packageOf(target) === packageOf(file)
      const [from, to] = isWithin
        ? [folderOf(file), folderOf(target)]
        : [packageOf(file), packageOf(target)]
      if (from === undefined || to === undefined || from === to) continue
      const allowed = rules.get(ruleOf(from))
      // Where features are allowed, each is; but none is to another.
      if (allowed?.has(to) || allowed?.has(ruleOf(to))) continue
      problems.push(`${file} imports ${target}, but ${from} may not import ${to}`)
    }
  }
  return problems
}

/** Returns the name by which the table knows a folder: all features have one row. */
function ruleOf(name: string): string {
  return name.startsWith('features/') ? 'features' : name
}

/** Returns the package of a file, or of what is imported by its name. */
function packageOf(file: string): string | undefined {
  if (file === 'coterie') return 'cli'
  const named = /^@coterie\/(?<name>protocol|client|server|testing)\b/.exec(file)?.groups
  return named?.name ?? SOURCE.exec(file)?.groups?.name
}

/** Returns the folder of a file in a package whose folders have rows; undefined for others. */
function folderOf(file: string): string | undefined {
  const { name, path = '' } = SOURCE.exec(file)?.groups ?? {}
  const [folder = '', ...rest] = path.split('/')
  if (JOINING.has(path)) return undefined
  if (name === 'client') return `client/${folder}`
  if (name !== 'server') return undefined
  if (rest.length === 0) return HUB
  // A feature is a folder, or a file of its own.
  return folder === 'features' ? `features/${rest[0]?.replace(/\.ts$/, '')}` : folder
}

function readContributing(): string {
  return readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
}
