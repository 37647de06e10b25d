import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './code-blocks.ts'

const CONFLICT = /^(?:<{7}|\|{7}|>{7}) /
/** Folders in which somebody's machine keeps its work; a path of a web page goes on behind a host. */
const MACHINE_PATH = /(?<![\w.~-])\/(?:work|home|Users)\//
/** A place from which a package is loaded, rather than a folder of this repository. */
const HOST = /^[a-z+]+:/

// An archive of the sources has no list of what is tracked.
const hasHistory = existsSync(join(root, '.git'))

/** Lists the tracked files that hold text, with what is in them. */
function* trackedTexts(): Generator<{ file: string; text: string }> {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  for (const file of new Set(listed.split('\0'))) {
    const path = join(root, file)
    // One that was removed and not committed yet is still tracked.
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue
    const text = readFileSync(path, 'utf8')
    if (!text.includes('\0')) yield { file, text }
  }
}

function linesWith(pattern: RegExp, { file, text }: { file: string; text: string }): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : []))
}

it.runIf(hasHistory)('keeps no mark of a merge that was not finished', () => {
  const found = [...trackedTexts()].flatMap((each) => linesWith(CONFLICT, each))
  expect(found).toEqual([])
})

it.runIf(hasHistory)('names no folder of a machine that somebody works on', () => {
  const found = [...trackedTexts()].flatMap((each) => linesWith(MACHINE_PATH, each))
  expect(found).toEqual([])
})

it('lets npm load packages from the registry that the user has configured', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string }>
  }
  const hosts = Object.entries(lock.packages).filter(([, { resolved = '' }]) => HOST.test(resolved))
  expect(hosts.map(([path]) => path)).toEqual([])
})

it('knows a mark and a path when it sees them', () => {
  for (const mark of ['<', '|', '>']) expect(`${mark.repeat(7)} HEAD`).toMatch(CONFLICT)
  expect('='.repeat(7)).not.toMatch(CONFLICT)
  const folder = ['', 'home', 'ada', 'coterie'].join('/')
  for (const text of [folder, `file://${folder}`, `see "${folder}"`]) {
    expect(text).toMatch(MACHINE_PATH)
  }
  for (const text of [`https://example.com${folder}`, `src${folder}`]) {
    expect(text).not.toMatch(MACHINE_PATH)
  }
  for (const host of ['https://registry.example.com/a.tgz', 'git+ssh://git@example.com/a.git']) {
    expect(host).toMatch(HOST)
  }
})
