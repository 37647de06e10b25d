import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from './code-blocks.ts'

const SKIPPED = ['**/node_modules/**', '**/dist/**']
/** Where the pages of packages, which stand alone, find files of this repository. */
const OWN_ADDRESS = /^https:\/\/github\.com\/coterie-realtime\/coterie\/blob\/main\//
const OTHER_ADDRESS = /^[a-z]+:/
/** A page that a comment or a text of the code names. */
const NAMED_PAGE = /\bdocs\/[\w/-]+\.md\b/g

/** A link of a page, or a page that code names, and where that is. */
export interface Link {
  readonly file: string
  readonly target: string
}

/** Lists the pages of the repository, from its root. */
export function markdownFiles(): string[] {
  return globSync('**/*.md', { cwd: root, exclude: SKIPPED })
}

/** Lists the links of a page, without those inside of code. */
export function linksIn(file: string, text: string): Link[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ file, target }))
}

/** Lists the pages that the code names. */
export function pagesNamedByCode(): Link[] {
  const files = globSync('{packages,tests,bench,examples,scripts}/**/*.{ts,mjs,js}', {
    cwd: root,
    exclude: SKIPPED,
  })
  return files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(NAMED_PAGE)].map(([page]) => ({
      file,
      target: relative(dirname(file), page),
    })),
  )
}

/** Says what a link leads to that is not there; undefined for one that is right. */
export function problemOf({ file, target }: Link): string | undefined {
  const isOwn = OWN_ADDRESS.test(target)
  if (!isOwn && OTHER_ADDRESS.test(target)) return undefined
  const [path = '', anchor] = target.replace(OWN_ADDRESS, '').split('#')
  const page = path === '' ? file : join(isOwn ? '.' : dirname(file), path)
  if (!existsSync(join(root, page))) return `${file}: ${target} leads to no file`
  if (anchor === undefined) return undefined
  const isThere = headingsOf(readFileSync(join(root, page), 'utf8')).has(anchor)
  return isThere ? undefined : `${file}: ${page} has no heading #${anchor}`
}

/** Returns the anchors that GitHub gives to the headings of a page. */
function headingsOf(text: string): ReadonlySet<string> {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  const anchors = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return new Set(anchors)
}
