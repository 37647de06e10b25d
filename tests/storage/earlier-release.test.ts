import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { appendNumber, opened } from './acknowledged-log.ts'
import { judge } from './judge-storage.ts'
import { engineOn, temporaryFolder } from './storage-world.ts'

/** The file, as the first release wrote it: five events, their ids, and a map. */
const WRITTEN = new URL('fixtures/version-3.sqlite', import.meta.url)
const EPOCH = 'LSfPoV3-I5fO'
const BOOT = 'boot-of-version-3'
const history = { size: 10, ttlMs: 60_000 }

function earlierFile(): string {
  const path = join(temporaryFolder(), 'engine.sqlite')
  copyFileSync(WRITTEN, path)
  return path
}

it('takes over a file of version 3: positions, message ids and maps, without a gap', async () => {
  const path = earlierFile()
  const engine = await opened(engineOn(path, BOOT))
  const resumed = await engine.read('room:1', { since: { epoch: EPOCH, offset: 3 }, limit: 10 })
  expect(resumed).toMatchObject({ ok: true, value: { top: { epoch: EPOCH, offset: 5 } } })
  expect(resumed.ok && resumed.value.events.map(({ payload }) => payload)).toEqual(['4', '5'])
  const { entries } = await engine.entries('room:1', 'state')
  expect(entries).toEqual(new Map([['x', '"kept"']]))
  const again = await engine.append(
    'room:1',
    { id: 'm5' as never, event: 'message', payload: '5' as never, from: null, timestampMs: 1 },
    { history, dedup: { sender: 'ada', messageId: 'm5' } },
  )
  expect(again).toMatchObject({ duplicate: true, position: { epoch: EPOCH, offset: 5 } })
  await engine.close()
  const file = new DatabaseSync(path)
  expect(file.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 })
  expect(file.prepare('PRAGMA user_version').get()).toEqual({ user_version: 5 })
  file.close()
})

it('goes on as before once it was taken over: the next start finds it whole', async () => {
  const path = earlierFile()
  const engine = await opened(engineOn(path, BOOT))
  await appendNumber(engine, 6)
  await engine.close()
  const after = await opened(engineOn(path, 'another-boot'))
  const resumed = await after.read('room:1', { since: { epoch: EPOCH, offset: 3 }, limit: 10 })
  expect(resumed.ok && resumed.value.events).toHaveLength(3)
  await after.close()
})

it('takes a payload that is not JSON for damage, whenever it became so', async () => {
  const path = earlierFile()
  const file = new DatabaseSync(path)
  file.exec(`UPDATE events SET payload = '{"a' WHERE "offset" = 4`)
  file.close()
  const engine = await opened(engineOn(path, BOOT))
  const since = { epoch: EPOCH, offset: 3 }
  expect(await engine.read('room:1', { since, limit: 10 })).toEqual({ ok: false, error: 'damaged' })
  expect(await engine.read('room:1', { since: { ...since, offset: 4 }, limit: 9 })).toMatchObject({
    ok: true,
  })
  await engine.close()
})

it('leaves a damaged file of version 3 as it is', async () => {
  const path = earlierFile()
  const content = readFileSync(path)
  content.fill(0, 4_096 * 3, 4_096 * 5)
  writeFileSync(path, content)
  expect(await judge({ folder: join(path, '..'), path, epoch: EPOCH })).toMatchObject({
    kind: 'refused',
  })
})
