import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const PROGRAMS = fileURLToPath(new URL('../../scripts/programs.mjs', import.meta.url))
const HELD = [
  'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)',
  'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend)',
]

/** Runs the set-up's `apt-get update` beside an apt-get that fails with these, one after the other. */
function update(failures: readonly string[]): { runs: number; status: number; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-apt-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const left = join(folder, 'failures')
  const runs = join(folder, 'runs')
  writeFileSync(left, failures.map((failure) => `${failure}\n`).join(''))
  writeFileSync(runs, '')
  const script = [
    '#!/bin/sh',
    `echo "$@" >> '${runs}'`,
    `[ -s '${left}' ] || exit 0`,
    `head -n 1 '${left}' >&2`,
    `sed -i 1d '${left}'`,
    'exit 100',
  ]
  writeFileSync(join(folder, 'apt-get'), `${script.join('\n')}\n`, { mode: 0o755 })
  const program = `import('${PROGRAMS}').then(({ aptGet }) => aptGet(['update', '-qq'], 1))`
  const { status, stderr } = spawnSync(process.execPath, ['--eval', program], {
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` },
    encoding: 'utf8',
  })
  const { length } = readFileSync(runs, 'utf8').trim().split('\n')
  return { runs: length, status: status ?? 1, stderr }
}

it('waits while another process holds a lock of the package manager', () => {
  const { runs, status, stderr } = update(HELD)
  expect(status).toBe(0)
  expect(runs).toBe(3)
  expect(stderr).toContain('waiting for another package manager to finish')
})

it('ends with the reason where the package manager fails for another one', () => {
  const { runs, status, stderr } = update(['E: The repository is not signed.'])
  expect(status).toBe(1)
  expect(runs).toBe(1)
  expect(stderr).toContain('apt-get update -qq failed: E: The repository is not signed.')
})
