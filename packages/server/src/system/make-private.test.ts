import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHub, type HubOptions } from '../index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coterie-private-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const modesIn = (path: string): Record<string, string> =>
  Object.fromEntries(readdirSync(path).map((name) => [name, modeOf(join(path, name))]))

/** Runs a hub that writes into its files, and looks at these while they are open. */
async function modesWhileRunning(options: HubOptions, within: string) {
  const hub = createHub({ channels: { lobby: { history: true } }, ...options })
  await hub.start()
  expect((await hub.publish('lobby', 'message', 'for ada alone')).ok).toBe(true)
  const modes = modesIn(within)
  await hub.close()
  return modes
}

describe('what a hub keeps', () => {
  it('is read by its own user alone, from the first byte', async () => {
    const dataDir = join(folder, 'data')
    const modes = await modesWhileRunning({ dataDir }, dataDir)
    expect(Object.keys(modes)).toEqual(
      expect.arrayContaining(['engine.sqlite', 'engine.sqlite-wal']),
    )
    expect(new Set(Object.values(modes))).toEqual(new Set(['600']))
    expect(modeOf(dataDir)).toBe('700')
  })

  it('is closed to others where an earlier release left it open', async () => {
    const dataDir = join(folder, 'data')
    await modesWhileRunning({ dataDir }, dataDir)
    chmodSync(dataDir, 0o755)
    for (const name of readdirSync(dataDir)) chmodSync(join(dataDir, name), 0o644)
    const modes = await modesWhileRunning({ dataDir }, dataDir)
    expect(new Set(Object.values(modes))).toEqual(new Set(['600']))
    expect(modeOf(dataDir)).toBe('700')
  })

  it('closes no folder in which others have files', async () => {
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o755)
    writeFileSync(join(shared, 'index.html'), 'Hello')
    chmodSync(join(shared, 'index.html'), 0o644)
    const modes = await modesWhileRunning(
      { engine: `sqlite:${join(shared, 'mine.sqlite')}`, store: 'memory' },
      shared,
    )
    expect(modes).toMatchObject({ 'index.html': '644', 'mine.sqlite': '600' })
    expect(modeOf(shared)).toBe('755')
  })
})
