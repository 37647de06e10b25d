import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A block of code in a page. */
export interface CodeBlock {
  /** The page, from the root. */
  readonly page: string
  /** The line of the page at which its code begins. */
  readonly line: number
  readonly language: string
  readonly text: string
}

/** Lists the pages that users read: the README of the repository and of each package, and the guides. */
export function pages(): string[] {
  const readmes = ['packages', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/README.md`),
  )
  const guides = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)
  const all = ['README.md', 'CONTRIBUTING.md', 'bench/README.md', ...readmes, ...guides]
  return all.filter((page) => page.endsWith('.md') && isFile(page))
}

/** Lists the blocks of code of a page, in their order. */
export function blocksOf(page: string): CodeBlock[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n')
  const blocks: CodeBlock[] = []
  let begun: { line: number; language: string } | undefined
  for (const [index, text] of lines.entries()) {
    if (!text.startsWith('```')) continue
    if (!begun) {
      begun = { line: index + 2, language: text.slice(3).trim() }
      continue
    }
    const code = lines.slice(begun.line - 1, index).join('\n')
    blocks.push({ page, ...begun, text: `${code}\n` })
    begun = undefined
  }
  if (begun) throw new Error(`${page}:${begun.line} has a block that does not end`)
  return blocks
}

/** Lists the blocks of all pages. */
export function allBlocks(): CodeBlock[] {
  return pages().flatMap(blocksOf)
}

/** Says where a block is, as editors open it. */
export function placeOf({ page, line }: CodeBlock): string {
  return `${page}:${line}`
}

function isFile(page: string): boolean {
  try {
    readFileSync(join(root, page))
    return true
  } catch {
    return false
  }
}
