import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CodeBlock, placeOf, root } from './code-blocks.ts'

const SCRIPTS = new Set(['ts', 'js'])
const CONTEXTS = 'tests/docs/contexts'

/** A block of TypeScript as a module of its own. */
export interface WrittenBlock {
  readonly block: CodeBlock
  readonly file: string
}

/** Makes a folder in which modules find the packages of this repository. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-docs-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return folder
}

/**
 * Writes the scripts among blocks as modules, the blocks of a page side by side.
 * What a block does not declare it imports from the context of its page.
 *
 * @param prepare changes a block before it is written
 */
export function writeBlocks(
  folder: string,
  blocks: readonly CodeBlock[],
  prepare: (text: string) => string = (text) => text,
): WrittenBlock[] {
  return blocks
    .filter(({ language }) => SCRIPTS.has(language))
    .map((block) => {
      const name = nameOf(block.page)
      const place = join(folder, name)
      mkdirSync(place, { recursive: true })
      const file = join(place, namedFile(block) ?? `line-${block.line}.ts`)
      writeFileSync(file, `${contextImport(block)}export {}\n${prepare(block.text)}`)
      return { block, file }
    })
}

/** Says where a line of a written block is in its page. */
export function pageLine({ block }: WrittenBlock, line: number): string {
  return placeOf({ ...block, line: block.line + line - 2 })
}

// A block that begins with the name of a file is that file.
function namedFile({ text }: CodeBlock): string | undefined {
  return /^\/\/ ([\w.-]+\.ts)\b/.exec(text)?.[1]
}

function nameOf(page: string): string {
  return page.replace(/\.md$/, '').replaceAll('/', '-').toLowerCase()
}

function contextImport({ page, text }: CodeBlock): string {
  const path = join(root, CONTEXTS, `${nameOf(page)}.ts`)
  if (!existsSync(path)) return ''
  const names = exportedNames(readFileSync(path, 'utf8')).filter(
    (name) => new RegExp(`\\b${name}\\b`).test(text) && !declaredNames(text).has(name),
  )
  return names.length === 0 ? '' : `import { ${names.join(', ')} } from '${path}';`
}

function exportedNames(text: string): string[] {
  const declared = [...text.matchAll(/^export (?:const|function|async function|class) (\w+)/gm)]
  const passedOn = [...text.matchAll(/^export \{([^}]*)\}/gm)]
  return [
    ...declared.map(([, name = '']) => name),
    ...passedOn.flatMap(([, names = '']) => names.split(',').map((name) => name.trim())),
  ].filter((name) => name !== '')
}

function declaredNames(text: string): ReadonlySet<string> {
  const single = [...text.matchAll(/\b(?:const|let|function|class|import \* as) (\w+)/g)]
  const several = [...text.matchAll(/\b(?:const|import(?: type)?) \{([^}]*)\}(?: =| from)/g)]
  return new Set([
    ...single.map(([, name = '']) => name),
    ...several.flatMap(([, names = '']) =>
      names.split(',').map(
        (name) =>
          name
            .split(/ as |:|=/)
            .at(name.includes('=') ? 0 : -1)
            ?.trim() ?? '',
      ),
    ),
  ])
}
