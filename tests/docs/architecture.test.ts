import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { importsIn } from '../source/import-graph.ts'
import { root } from './code-blocks.ts'

const SOURCES = 'packages/server/src'

interface Step {
  readonly file: string
  /** The file that holds the next step, or the interface by which that is called. */
  readonly next: string | undefined
}

const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
const walk = readSteps(page)

function readSteps(text: string): Step[] {
  const section = text.slice(text.indexOf('| next by |'), text.indexOf('## Features'))
  const rows = section.matchAll(/^\| `([\w/.-]+\.ts)` \| .* \|(?: `([\w/.-]+\.ts)`)? \|$/gm)
  return [...rows].map(([, file = '', next]) => ({ file, next }))
}

function importsOf(file: string): string[] {
  const path = join(SOURCES, file)
  return importsIn(path, readFileSync(join(root, path), 'utf8'))
}

/** Returns the steps that the imports contradict. */
function brokenSteps(steps: readonly Step[], imports: (file: string) => string[]): string[] {
  return steps.flatMap(({ file, next }, index) => {
    const after = steps[index + 1]?.file
    if (after === undefined || next === undefined) return after === next ? [] : [file]
    const interfaceFile = join(SOURCES, next)
    const isKnown = imports(file).includes(interfaceFile)
    const leadsOn = next === after || imports(after).includes(interfaceFile)
    return isKnown && leadsOn ? [] : [`${file} → ${next} → ${after}`]
  })
}

it('shows the way of an event from socket to socket', () => {
  expect(walk.length).toBeGreaterThan(10)
  expect(walk[0]?.file).toMatch(/^transports\//)
  expect(walk.at(-1)?.file).toMatch(/^transports\//)
})

it('names files that exist', () => {
  const named = [...page.matchAll(/`([\w-]+(?:\/[\w-]+)*\.ts)`/g)].map(([, file = '']) => file)
  const missing = named.filter(
    (file) => !existsSync(join(root, SOURCES, file)) && !existsSync(join(root, file)),
  )
  expect(missing).toEqual([])
})

it('has each file call the next one by an import, or by an interface that both import', () => {
  expect(brokenSteps(walk, importsOf)).toEqual([])
})

it('passes no file twice', () => {
  const files = walk.map(({ file }) => file)
  expect(files).toEqual([...new Set(files)])
})

it('finds a step against the direction of the imports', () => {
  const imports = (file: string) => (file === 'b.ts' ? [join(SOURCES, 'a.ts')] : [])
  const backwards = [
    { file: 'a.ts', next: 'b.ts' },
    { file: 'b.ts', next: undefined },
  ]
  expect(brokenSteps(backwards, imports)).toEqual(['a.ts → b.ts → b.ts'])
  const forwards = [
    { file: 'b.ts', next: 'a.ts' },
    { file: 'a.ts', next: undefined },
  ]
  expect(brokenSteps(forwards, imports)).toEqual([])
})
