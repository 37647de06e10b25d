import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './import-graph.ts'

/** The last section of CONTRIBUTING. */
const SECTION = '### Plain words\n'
const PAIR = /^\| (?<before>[^|]+) \| (?<after>[^|]+) \|$/gm
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm
const CODE_BLOCK = /^```[\s\S]*?^```/gm
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
/** Idioms that a stranger has to translate. "There is no …" and "no longer" are plain. */
const IDIOMS = [
  /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more than\b|less than\b)/i,
  /(?<!\bthere )\b(?:is|are) none\b/i,
  /\bno more\b(?! than)/i,
  /\banew\b/i,
  /\bof whom\b/i,
  /\btwice is once\b/i,
]

const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
const pairs = [...(page.split(SECTION)[1] ?? '').matchAll(PAIR)]
  .map(({ groups: { before = '', after = '' } = {} }) => ({ before, after }))
  .filter(({ before }) => !/^-+$|^not$/.test(before))

/** Lists the texts of a module that are not in its comments: what users may read. */
function stringsIn(text: string): string[] {
  return [...text.replace(COMMENT, '').matchAll(STRING)].map(([string]) => string)
}

const idiomsIn = (text: string): RegExp[] => IDIOMS.filter((idiom) => idiom.test(text))

it('writes messages in plain words', () => {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] })
  expect(files.length).toBeGreaterThan(500)
  const coded = files.flatMap((file) =>
    stringsIn(readFileSync(join(root, file), 'utf8'))
      .filter((string) => idiomsIn(string).length > 0)
      .map((string) => `${file}: ${string}`),
  )
  expect(coded).toEqual([])
})

it('writes guides in plain words', () => {
  const guides = [
    'README.md',
    'docs/*.md',
    'docs/decisions/*.md',
    '{packages,examples}/*/README.md',
  ]
  const coded = globSync(guides, { cwd: root }).flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .replace(CODE_BLOCK, '')
      .split('\n')
      .filter((line) => idiomsIn(line).length > 0)
      .map((line) => `${file}: ${line}`),
  )
  expect(coded).toEqual([])
})

it('shows ten sentences in CONTRIBUTING, before and after', () => {
  expect(pairs).toHaveLength(10)
  expect(pairs.filter(({ after }) => idiomsIn(after).length > 0)).toEqual([])
})

it('finds an idiom in a text, and not in a comment or in plain words', () => {
  const coded = ["'this is no key'", '`it counts no more`', "'what is none'"]
  for (const text of coded) expect(idiomsIn(stringsIn(text).join()), text).not.toEqual([])
  const plain = ["'there is no such path'", "'it is no longer read'", '// this is no key']
  for (const text of plain) expect(idiomsIn(stringsIn(text).join()), text).toEqual([])
})
