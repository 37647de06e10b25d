import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createSqliteStore } from '@coterie/server'
import { runCommand } from 'citty'
import { expect, it, onTestFinished } from 'vitest'
import { backup } from '../../packages/cli/src/commands/backup.ts'
import { restore } from '../../packages/cli/src/commands/restore.ts'
import { CHANNEL, eventOf, MAP, opened } from './acknowledged-log.ts'
import { judge } from './judge-storage.ts'
import { closedWorld, engineOn, temporaryFolder, writeOn } from './storage-world.ts'

const cli = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const appendForever = fileURLToPath(new URL('append-forever.ts', import.meta.url))
const environment = { PATH: process.env.PATH }

/** Runs the command; what it says on failure is an error's message. */
async function coterie(...words: string[]): Promise<string> {
  const args = ['--conditions=coterie-source', cli, ...words]
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment })
    return stdout
  } catch (error) {
    throw new Error((error as { stderr: string }).stderr)
  }
}

const commands = { backup, restore }

/** Runs the command in this process, which has none of the files open. */
async function runHere(name: keyof typeof commands, ...rawArgs: string[]): Promise<void> {
  await runCommand<never>(commands[name] as never, { rawArgs })
}

it('copies what was acknowledged while the server goes on writing', async () => {
  const folder = temporaryFolder()
  const data = join(folder, 'data')
  const path = join(data, 'engine.sqlite')
  mkdirSync(data)
  const args = ['--conditions=coterie-source', appendForever, path]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  let acknowledged = 0
  createInterface(child.stdout).on('line', (line) => {
    acknowledged = Number(line)
  })
  while (acknowledged < 50) await once(child.stdout, 'data')

  for (const name of ['first', 'second', 'third']) {
    const before = acknowledged
    const copy = join(folder, name)
    const run = name === 'first' ? coterie : runHere
    await run('backup', copy, '--data-dir', data)
    const restored = join(folder, `${name}-data`)
    await run('restore', copy, '--data-dir', restored)
    const engine = await opened(engineOn(join(restored, 'engine.sqlite')))
    const page = await engine.read(CHANNEL, { limit: 1_000_000 })
    if (!page.ok) throw new Error(page.error)
    const { events, top } = page.value
    expect(top.offset, 'everything up to the backup').toBeGreaterThanOrEqual(before)
    // What was acknowledged meanwhile may not have been read yet.
    while (acknowledged + 1 < top.offset) await once(child.stdout, 'data')
    expect(top.offset, 'nothing that was not published').toBeLessThanOrEqual(acknowledged + 1)
    const found = events.map(({ id, payload }) => ({ id, payload }))
    const expected = found.map((_, index) => {
      const { id, payload } = eventOf(top.offset - events.length + index + 1)
      return { id, payload }
    })
    expect(found).toEqual(expected)
    await engine.close()
  }
  child.kill('SIGKILL')
  await exited
})

it('puts back both files, and who was ahead of the backup is told so', async () => {
  const world = await closedWorld()
  const store = createSqliteStore({ path: join(world.folder, 'store.sqlite') })
  await store.start()
  await store.close()
  const copy = join(temporaryFolder(), 'backup')
  await runHere('backup', copy, '--data-dir', world.folder)
  expect(readdirSync(copy).sort()).toEqual(['backup.json', 'engine.sqlite', 'store.sqlite'])
  await writeOn(world, 61, 90)

  await expect(coterie('restore', copy, '--data-dir', world.folder)).rejects.toThrow(
    /engine\.sqlite exists already; move it, or let --replace move it aside/,
  )
  const said = await coterie('restore', copy, '--data-dir', world.folder, '--replace')
  expect(said).toContain('all channels begin a new epoch at the next start')
  expect(readdirSync(world.folder).filter((name) => name.includes('.before-')).length).toBe(3)

  const engine = await opened(engineOn(world.path))
  const since = { epoch: world.epoch, offset: 60 }
  expect(await engine.read(CHANNEL, { since, limit: 9 })).toEqual({
    ok: false,
    error: 'unknown_epoch',
  })
  const page = await engine.read(CHANNEL, { limit: 100 })
  expect(page.ok && page.value.events).toHaveLength(60)
  expect((await engine.entries(CHANNEL, MAP)).entries.size).toBe(6)
  await engine.close()
})

it('refuses to restore under a running server, and a backup that is not what it was', async () => {
  const world = await closedWorld()
  const copy = join(temporaryFolder(), 'backup')
  expect(await coterie('backup', copy, '--data-dir', world.folder)).toMatch(
    /not in the backup: the store, which is not at .*store\.sqlite; see --store/,
  )
  const putBack = (): Promise<string> =>
    coterie('restore', copy, '--data-dir', world.folder, '--replace')
  const running = await opened(engineOn(world.path))
  await expect(putBack()).rejects.toThrow(/a server is using .*engine\.sqlite; stop it first/)
  await running.close()
  expect(await judge(world)).toEqual({ kind: 'whole' })

  appendFileSync(join(copy, 'engine.sqlite'), 'x')
  await expect(putBack()).rejects.toThrow(/has changed since the backup; use another backup/)
  await expect(
    coterie('restore', world.folder, '--data-dir', world.folder, '--replace'),
  ).rejects.toThrow(/is not a backup: it has no backup\.json/)
})

it('says what it cannot copy: nothing there, a folder in use, a damaged file', async () => {
  const folder = temporaryFolder()
  await expect(runHere('backup', join(folder, 'new'), '--data-dir', folder)).rejects.toThrow(
    /there is nothing to back up at .*engine\.sqlite/,
  )
  expect(existsSync(join(folder, 'new'))).toBe(false)
  const world = await closedWorld()
  await expect(runHere('backup', world.folder, '--data-dir', world.folder)).rejects.toThrow(
    /is not empty; name a new folder for each backup/,
  )
  writeFileSync(world.path, 'Dear Ada, '.repeat(1_000))
  await expect(
    runHere('backup', join(folder, 'other'), '--data-dir', world.folder),
  ).rejects.toThrow(/engine\.sqlite is damaged, and was not copied/)
})

it.each([
  ['engine', 'UPDATE logs SET top = top + 1', 'rows of logs are not what they were'],
  ['store', 'DROP TABLE coterie_deliveries', 'its table coterie_deliveries is missing'],
] as const)('keeps no backup with which a server would not start: %s', async (part, sql, fault) => {
  const world = await closedWorld()
  const store = createSqliteStore({ path: join(world.folder, 'store.sqlite') })
  await store.start()
  await store.close()
  const file = new DatabaseSync(join(world.folder, `${part}.sqlite`))
  file.exec(sql)
  file.close()
  const copy = join(temporaryFolder(), 'backup')
  await expect(runHere('backup', copy, '--data-dir', world.folder)).rejects.toThrow(
    new RegExp(`${part}\\.sqlite is damaged, and was not copied: .*${fault}`),
  )
  expect(existsSync(join(copy, 'backup.json'))).toBe(false)
})
