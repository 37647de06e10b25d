import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createSqliteStore } from '@coterie/server'
import { expect, it } from 'vitest'
import { temporaryFolder } from './storage-world.ts'

/** Makes the file of a store, and closes it. */
async function closedStore(): Promise<string> {
  const path = join(temporaryFolder(), 'store.sqlite')
  const store = createSqliteStore({ path })
  await store.start()
  await store.close()
  return path
}

it.each([
  {
    name: 'that was cut to half',
    spoil: (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2)),
    message: /cannot open .*store\.sqlite: it is damaged; restore a backup/,
  },
  {
    name: 'whose pages behind the first are garbage',
    spoil: (path: string) => {
      const content = readFileSync(path)
      content.fill(0xa5, 4_096)
      writeFileSync(path, content)
    },
    message: /cannot open .*store\.sqlite: it is damaged; restore a backup/,
  },
  {
    name: 'whose first page is zeroed',
    spoil: (path: string) => {
      const content = readFileSync(path)
      content.fill(0, 0, 4_096)
      writeFileSync(path, content)
    },
    message: /cannot open .*store\.sqlite: file is not a database/,
  },
  {
    name: 'that is a folder',
    spoil: (path: string) => {
      rmSync(path)
      mkdirSync(path)
    },
    message: /cannot open .*store\.sqlite: it is a folder/,
  },
  {
    name: 'that belongs to another application',
    spoil: (path: string) => {
      rmSync(path)
      const file = new DatabaseSync(path)
      file.exec('CREATE TABLE letters (text TEXT)')
      file.close()
    },
    message: /cannot open .*store\.sqlite/,
  },
])('refuses, in one line, the file of a store $name', async ({ spoil, message }) => {
  const path = await closedStore()
  spoil(path)
  const refused = createSqliteStore({ path }).start()
  await expect(refused).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(message),
  })
  await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining('\n') })
})
