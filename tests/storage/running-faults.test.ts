import {
  copyFileSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createHub, createSqliteStore, silentLogger } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { describe, expect, it } from 'vitest'
import { appendMany, appendNumber, CHANNEL, HISTORY, opened } from './acknowledged-log.ts'
import { judge } from './judge-storage.ts'
import { closedWorld, engineOn, type StorageWorld, temporaryFolder } from './storage-world.ts'

interface Fault {
  readonly name: string
  readonly spoil: (world: StorageWorld) => void
  /** What who publishes is told. */
  readonly message: RegExp
}

const GONE = /was deleted, moved or replaced while it was open/

const faults: readonly Fault[] = [
  {
    name: 'the data folder deleted',
    spoil: ({ folder }) => rmSync(folder, { recursive: true }),
    message: GONE,
  },
  {
    name: 'the data folder moved',
    spoil: ({ folder }) => renameSync(folder, `${folder}-elsewhere`),
    message: GONE,
  },
  {
    name: 'the file unlinked',
    spoil: ({ path }) => rmSync(path),
    message: GONE,
  },
  {
    name: 'the write-ahead log unlinked',
    spoil: ({ path }) => rmSync(`${path}-wal`),
    message: GONE,
  },
  {
    name: 'the file replaced by an older copy',
    spoil: ({ path }) => {
      copyFileSync(path, `${path}-older`)
      renameSync(`${path}-older`, path)
    },
    message: GONE,
  },
  {
    name: 'the folder replaced by a copy',
    spoil: ({ folder }) => {
      cpSync(folder, `${folder}-copy`, { recursive: true })
      rmSync(folder, { recursive: true })
      renameSync(`${folder}-copy`, folder)
    },
    message: GONE,
  },
]

describe('files that something happens to while the engine runs', () => {
  it.each(faults)('$name: nothing is acknowledged, and readiness says so', async (fault) => {
    const world = await closedWorld()
    const engine = await opened(engineOn(world.path))
    await appendNumber(engine, 61)
    await engine.health()
    fault.spoil(world)
    const refusal = { code: 'unavailable', message: expect.stringMatching(fault.message) }
    await expect(appendNumber(engine, 62)).rejects.toMatchObject(refusal)
    await expect(engine.health()).rejects.toMatchObject(refusal)
    const change = engine.change(CHANNEL, 'state', [{ key: 'x', value: '1' as never }], {})
    await expect(change).rejects.toMatchObject(refusal)
    // Nobody was told of what was refused, and nobody is.
    const page = await engine.read(CHANNEL, { limit: 1, reverse: true })
    expect(page.ok && page.value.top.offset).toBe(61)
    await engine.close()
  })

  it('goes on where it was once a folder that was moved is back', async () => {
    const world = await closedWorld()
    const engine = await opened(engineOn(world.path))
    renameSync(world.folder, `${world.folder}-elsewhere`)
    await expect(appendNumber(engine, 61)).rejects.toThrow(GONE)
    renameSync(`${world.folder}-elsewhere`, world.folder)
    await engine.health()
    expect((await appendNumber(engine, 61)).position).toEqual({ epoch: world.epoch, offset: 61 })
    await engine.close()
    expect(await judge(world, { acknowledged: 61 })).toEqual({ kind: 'whole' })
  })

  it('is not ready once the file was cut, and acknowledges nothing after it was found', async () => {
    const world = await closedWorld()
    const engine = await opened(engineOn(world.path))
    truncateSync(world.path, 8_192)
    await expect(engine.health()).rejects.toThrow(/was cut while it was open/)
    expect(() => appendNumber(engine, 61)).toThrow(/was cut while it was open/)
    await engine.close()
    expect(await judge(world)).toMatchObject({ kind: 'refused' })
  })

  it('is not ready once the file was overwritten, whatever is still in the cache', async () => {
    const world = await closedWorld()
    const engine = await opened(engineOn(world.path))
    await engine.health()
    const size = readFileSync(world.path).length
    writeFileSync(world.path, Buffer.alloc(size, 0xa5), { flag: 'r+' })
    await expect(engine.health()).rejects.toThrow(/was overwritten while it was open/)
    expect(() => appendNumber(engine, 61)).toThrow(/was overwritten while it was open/)
    await engine.close()
  })

  it('stops at the first damage it meets: none of many writes is acknowledged by chance', async () => {
    const path = join(temporaryFolder(), 'engine.sqlite')
    const before = await opened(engineOn(path))
    await appendToMany(before, 400)
    await before.close()
    const engine = await opened(engineOn(path))
    const content = readFileSync(path)
    // All but the first page.
    content.fill(0xa5, 4_096)
    writeFileSync(path, content, { flag: 'r+' })
    const outcomes: boolean[] = []
    for (let index = 0; index < 30; index += 1) {
      outcomes.push(await isAppended(engine, `room:${index * 13}`))
    }
    const firstRefusal = outcomes.indexOf(false)
    expect(firstRefusal).toBeGreaterThanOrEqual(0)
    expect(outcomes.slice(firstRefusal).every((isOk) => !isOk)).toBe(true)
    await expect(engine.health()).rejects.toThrow('the database is damaged')
    await engine.close()
  })

  it('lets a hub say that it is not ready, and refuse what it cannot keep', async () => {
    const folder = join(temporaryFolder(), 'data')
    const hub = createHub({
      dataDir: folder,
      logger: silentLogger,
      channels: { 'room:*': { history: HISTORY } },
    })
    await hub.start()
    expect(await hub.publish('room:1', 'message', 1)).toMatchObject({ ok: true })
    expect(await hub.health()).toEqual({ status: 'ready' })
    rmSync(folder, { recursive: true })
    expect(await hub.health()).toMatchObject({ status: 'unavailable' })
    const refused = await hub.publish('room:1', 'message', 2)
    expect(refused).toMatchObject({ ok: false, error: { message: expect.stringMatching(GONE) } })
    // Where the file is concerns nobody who publishes.
    expect(refused.ok || refused.error.message).not.toContain(folder)
    await hub.close()
  })
})

describe('the store', () => {
  it.each(faults)('acknowledges nothing after $name', async ({ spoil, message }) => {
    const folder = join(temporaryFolder(), 'data')
    const path = join(folder, 'store.sqlite')
    const store = createSqliteStore({ path })
    await store.start()
    await store.forgetKeys(1)
    spoil({ folder, path, epoch: '' })
    await expect(store.forgetKeys(2)).rejects.toThrow(message)
    await expect(store.health()).rejects.toThrow(message)
    await store.close()
  })
})

async function appendToMany(engine: Engine, channels: number): Promise<void> {
  for (let index = 0; index < channels; index += 1) await isAppended(engine, `room:${index}`)
}

async function isAppended(engine: Engine, channel: string): Promise<boolean> {
  const event = {
    id: `${channel}-1` as never,
    event: 'message',
    payload: JSON.stringify('x'.repeat(500)) as never,
    from: null,
    timestampMs: 1,
  }
  try {
    await engine.append(channel, event, { history: HISTORY })
    return true
  } catch {
    return false
  }
}

it('keeps a file as it was once writes were refused: many at once are all or nothing', async () => {
  const world = await closedWorld()
  const engine = await opened(engineOn(world.path))
  const [first] = await appendMany(engine, 61, 61)
  expect(first?.position?.offset).toBe(61)
  rmSync(world.folder, { recursive: true })
  const outcomes = await Promise.allSettled([62, 63, 64].map((n) => appendNumber(engine, n)))
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await engine.close()
})
