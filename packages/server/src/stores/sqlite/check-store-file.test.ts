import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { createHub, silentLogger } from '../../index.ts'
import { createDatabaseFile } from '../../sqlite/create-database-file.ts'
import { STORE_APPLICATION_ID } from './check-store-file.ts'
import { createSqliteStore } from './sqlite-store.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coterie-store-file-'))
  path = join(folder, 'store.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function makeStore(): Promise<void> {
  const store = createSqliteStore({ path })
  await store.start()
  await store.close()
}

function change(sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

it.each<[string, () => void | Promise<void>, RegExp]>([
  ['an empty file', () => writeFileSync(path, ''), /it is empty, .* restore a backup/],
  [
    'a store that was emptied',
    async () => {
      await makeStore()
      truncateSync(path, 0)
    },
    /it is empty, .* restore a backup/,
  ],
  [
    'a database without tables',
    () => change('PRAGMA user_version = 1'),
    /it has no tables, .* restore a backup/,
  ],
  [
    "another application's database",
    () => change('CREATE TABLE orders (id INTEGER)'),
    /a database of another application/,
  ],
  [
    'what a store left behind when its file was deleted',
    () => writeFileSync(`${path}-wal`, 'what was written last'),
    /it is gone, .* restore a backup/,
  ],
  [
    'a store of which a table is missing',
    async () => {
      await makeStore()
      change('DROP TABLE coterie_notifications')
    },
    /its table coterie_notifications is missing/,
  ],
])('refuses %s rather than begin with nothing', async (_, prepare, message) => {
  await prepare()
  await expect(createSqliteStore({ path }).start()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(message),
  })
  await expect(createSqliteStore({ path }).start()).rejects.toThrow(path)
})

it('continues after a process was killed before it had created its tables', async () => {
  createDatabaseFile(path, STORE_APPLICATION_ID)
  await makeStore()
})

it('leaves no other file beside a new file', async () => {
  await makeStore()
  expect(readdirSync(folder)).toEqual(['store.sqlite'])
})

it('accepts files of earlier releases, which have no mark', async () => {
  await makeStore()
  change('PRAGMA application_id = 0')
  await makeStore()
})

it.each<[string, () => void, RegExp]>([
  ['emptied', () => truncateSync(path, 0), /was emptied while it was open/],
  [
    'replaced by an empty one',
    () => {
      writeFileSync(join(folder, 'empty'), '')
      renameSync(join(folder, 'empty'), path)
    },
    /was (emptied|deleted, moved or replaced) while it was open/,
  ],
  [
    'replaced by a copy',
    () => {
      copyFileSync(path, join(folder, 'copy'))
      renameSync(join(folder, 'copy'), path)
    },
    /was deleted, moved or replaced while it was open/,
  ],
])('acknowledges nothing and is not ready once its file was %s', async (_, harm, message) => {
  const errors: unknown[] = []
  const hub = createHub({
    engine: 'memory',
    store: `sqlite:${path}`,
    logger: { ...silentLogger, error: ({ error }) => errors.push(error) },
  })
  onTestFinished(() => hub.close())
  await hub.start()
  const notice = { title: 'Lunch', message: 'It is ready', recipients: ['ada'] }
  expect(await hub.notifications.create(notice)).toMatchObject({ ok: true })
  harm()
  expect(await hub.notifications.create(notice)).toMatchObject({
    ok: false,
    error: { code: 'unavailable' },
  })
  expect(await hub.health()).toMatchObject({ status: 'unavailable' })
  expect(errors).toContainEqual(
    expect.objectContaining({ message: expect.stringMatching(message) }),
  )
})
