import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** An import, an export from another module, or an import at run time; of types, too. */
const IMPORTS =
  /^\s*(?:import|export)\b[^'"`;()]*?\bfrom '(?<from>[^']+)'|^\s*import '(?<bare>[^']+)'|\bimport\('(?<called>[^']+)'\)/gm

/** What each file imports: files from the root of the repository, and names of packages. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

/** Reads the imports of a text of TypeScript; relative ones from the root of the repository. */
export function importsIn(file: string, text: string): string[] {
  return [...text.matchAll(IMPORTS)].map(({ groups = {} }) => {
    const named = groups.from ?? groups.bare ?? groups.called ?? ''
    return named.startsWith('.') ? normalize(join(dirname(file), named)) : named
  })
}

/** Reads the imports of all files that a pattern finds. */
export function readImports(pattern: string): ImportGraph {
  const exclude = ['**/node_modules/**', '**/dist/**']
  const files = globSync(pattern, { cwd: root, exclude })
  return new Map(
    files.map((file) => [file, importsIn(file, readFileSync(join(root, file), 'utf8'))]),
  )
}

/** Finds the sets of files that import one another, each sorted (Tarjan's algorithm). */
export function circlesOf(graph: ImportGraph): string[][] {
  const order = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []
  const visit = (file: string): number => {
    const index = order.size
    order.set(file, index)
    open.push(file)
    let low = index
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (open.includes(next)) low = Math.min(low, order.get(next) ?? low)
    }
    if (low === index) {
      const circle = open.splice(open.indexOf(file))
      if (circle.length > 1 || graph.get(file)?.includes(file)) circles.push(circle.sort())
    }
    return low
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return circles
}
