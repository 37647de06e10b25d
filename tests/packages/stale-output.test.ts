import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const SCRIPT: string = new URL('../../scripts/stale-output.mjs', import.meta.url).href

it('removes what was compiled from a file that was moved, and nothing else', async () => {
  const script: { removeStaleOutput(folder: string): void } = await import(SCRIPT)
  const folder = mkdtempSync(join(tmpdir(), 'coterie-stale-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const write = (path: string): string => {
    const file = join(folder, 'server', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '')
    return file
  }
  write('src/core/hub.ts')
  const kept = [
    'dist/core/hub.js',
    'dist/core/hub.d.ts',
    'dist/core/hub.js.map',
    'dist/.tsbuildinfo',
  ]
  const stale = ['dist/hub.js', 'dist/hub.d.ts', 'dist/hub.js.map', 'dist/hub.d.ts.map']
  const [keptFiles, staleFiles] = [kept.map(write), stale.map(write)]
  script.removeStaleOutput(folder)
  expect(keptFiles.filter((file) => !existsSync(file))).toEqual([])
  expect(staleFiles.filter((file) => existsSync(file))).toEqual([])
})
