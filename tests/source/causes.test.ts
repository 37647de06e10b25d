import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const SOURCES = globSync('packages/*/src/**/*.ts', { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts'),
)
const CATCH = /\bcatch(?: \((?<name>\w+)(?:: unknown)?\))? \{/g
const MAKES_ERROR = /new \w*Error\(|\brefuse\w*\(|\bcreate\w*Error\(/

/** Returns what stands between a brace and the one that closes it. */
function blockAt(text: string, start: number): string {
  let depth = 1
  let end = start
  while (depth > 0 && end < text.length) {
    if (text[end] === '{') depth += 1
    if (text[end] === '}') depth -= 1
    end += 1
  }
  return text.slice(start, end - 1)
}

/** Finds where an error is caught and another one made that does not say what was caught. */
function hidingIn(text: string): string[] {
  return [...text.matchAll(CATCH)].flatMap((match) => {
    const block = blockAt(text, (match.index ?? 0) + match[0].length)
    if (!MAKES_ERROR.test(block)) return []
    const made = block.slice(block.search(MAKES_ERROR))
    const isNamed = match.groups?.name !== undefined
    return isNamed && /\b(cause|error)\b/.test(made) ? [] : [block.trim()]
  })
}

it('finds errors that hide what was caught', () => {
  expect(hidingIn("try { a() } catch { throw new Error('b') }")).toHaveLength(1)
  expect(hidingIn("try { a() } catch (error) { return refuse('internal', 'b') }")).toHaveLength(1)
  expect(hidingIn("try { a() } catch (cause) { throw new Error('b', { cause }) }")).toEqual([])
})

it('has the cause in every error that is made of another one', () => {
  expect(SOURCES.length).toBeGreaterThan(400)
  const hiding = SOURCES.flatMap((file) =>
    hidingIn(readFileSync(`${root}/${file}`, 'utf8')).map((block) => `${file}: ${block}`),
  )
  // A test that fails shows what came instead; nothing was thrown that it could tell.
  expect(hiding.filter((each) => !each.startsWith('packages/testing/'))).toEqual([])
})
