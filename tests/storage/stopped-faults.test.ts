import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { opened } from './acknowledged-log.ts'
import { judge } from './judge-storage.ts'
import {
  closedWorld,
  engineOn,
  killed,
  killedWorld,
  type StorageWorld,
  temporaryFolder,
  writeOn,
} from './storage-world.ts'

const NEW_EPOCH = { kind: 'announced', reason: 'unknown_epoch' }
const refused = (message: RegExp) => ({
  kind: 'refused',
  message: expect.stringMatching(message),
})

/** Writes over a part of a file, in place. */
function overwrite(path: string, at: number, bytes: Buffer): void {
  const content = readFileSync(path)
  bytes.copy(content, at)
  writeFileSync(path, content, { flag: 'r+' })
}

function copyOf({ folder }: StorageWorld): string {
  const copy = join(temporaryFolder(), 'copy')
  cpSync(folder, copy, { recursive: true })
  return copy
}

function putBack({ folder }: StorageWorld, copy: string): void {
  rmSync(folder, { recursive: true })
  cpSync(copy, folder, { recursive: true })
}

interface Fault {
  readonly name: string
  /** Makes files and does something to them. */
  readonly spoil: () => Promise<StorageWorld>
  readonly bootId?: string
  readonly acknowledged?: number
  readonly verdict: object
}

const faults: readonly Fault[] = [
  {
    name: 'nothing, after a clean end',
    spoil: closedWorld,
    verdict: { kind: 'whole' },
  },
  {
    name: 'a reboot after a clean end',
    spoil: closedWorld,
    bootId: 'boot-2',
    verdict: { kind: 'whole' },
  },
  {
    name: 'a killed process',
    spoil: killedWorld,
    verdict: { kind: 'whole' },
  },
  {
    name: 'a power cut: not closed, and another boot id',
    spoil: killedWorld,
    bootId: 'boot-2',
    verdict: NEW_EPOCH,
  },
  {
    name: 'a power cut that takes all but what the start itself wrote, in place',
    spoil: async () => {
      const world = await closedWorld()
      const engine = await opened(engineOn(world.path))
      // No write-ahead log: the mark of the run has to be in the file itself.
      const atStart = readFileSync(world.path)
      await engine.close()
      await killed(world.path, 61)
      writeFileSync(world.path, atStart, { flag: 'r+' })
      rmSync(`${world.path}-wal`)
      return world
    },
    bootId: 'boot-2',
    verdict: NEW_EPOCH,
  },
  {
    name: 'files as they were before the last start, and another boot id',
    spoil: async () => {
      const world = await closedWorld()
      const copy = copyOf(world)
      await killed(world.path, 61)
      putBack(world, copy)
      return world
    },
    bootId: 'boot-2',
    verdict: NEW_EPOCH,
  },
  {
    name: 'an older copy of the folder put back, in the same boot',
    spoil: async () => {
      const world = await closedWorld()
      const copy = copyOf(world)
      await writeOn(world, 61, 90)
      putBack(world, copy)
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'an older copy of the folder moved into its place',
    spoil: async () => {
      const world = await closedWorld()
      const copy = copyOf(world)
      await writeOn(world, 61, 90)
      rmSync(world.folder, { recursive: true })
      renameSync(copy, world.folder)
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'an older copy written over the files, in place',
    spoil: async () => {
      const world = await closedWorld()
      const copy = copyOf(world)
      await writeOn(world, 61, 90)
      for (const name of ['engine.sqlite', 'engine.sqlite-mark']) {
        const content = readFileSync(join(copy, name))
        truncateSync(join(world.folder, name), content.length)
        writeFileSync(join(world.folder, name), content, { flag: 'r+' })
      }
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'an older database written over the newer one, the mark untouched',
    spoil: async () => {
      const world = await closedWorld()
      const older = readFileSync(world.path)
      await writeOn(world, 61, 90)
      truncateSync(world.path, older.length)
      writeFileSync(world.path, older, { flag: 'r+' })
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'a copy that was taken while the engine wrote, put back after a clean end',
    spoil: async () => {
      const world = await closedWorld()
      let copy = ''
      await killed(world.path, 61, (running) => {
        copy = copyOf(running)
      })
      await writeOn(world, 121, 150)
      putBack(world, copy)
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'the mark was removed, which is how a restore is told by hand',
    spoil: async () => {
      const world = await closedWorld()
      rmSync(`${world.path}-mark`)
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'a write-ahead log that was cut to half',
    spoil: async () => {
      const world = await killedWorld()
      const wal = `${world.path}-wal`
      truncateSync(wal, Math.floor(statSync(wal).size / 2))
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'a torn write-ahead log: a part of it was never written',
    spoil: async () => {
      const world = await killedWorld()
      const wal = `${world.path}-wal`
      overwrite(wal, Math.floor(statSync(wal).size / 2), Buffer.alloc(4_096))
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'the write-ahead log of a killed process deleted',
    spoil: async () => {
      const world = await killedWorld()
      rmSync(`${world.path}-wal`)
      return world
    },
    verdict: NEW_EPOCH,
  },
  {
    name: 'garbage behind the end of the write-ahead log, as a killed write leaves it',
    spoil: async () => {
      const world = await killedWorld()
      appendFileSync(`${world.path}-wal`, Buffer.alloc(5_000, 7))
      return world
    },
    verdict: { kind: 'whole' },
  },
  {
    name: 'garbage in a shared memory file that nobody uses',
    spoil: async () => {
      const world = await killedWorld()
      writeFileSync(`${world.path}-shm`, Buffer.alloc(32_768, 0xa5))
      return world
    },
    verdict: { kind: 'whole' },
  },
  {
    name: 'the database cut to half',
    spoil: async () => {
      const world = await closedWorld()
      truncateSync(world.path, Math.floor(statSync(world.path).size / 2))
      return world
    },
    verdict: refused(/damaged.*restore a backup/),
  },
  {
    name: 'the database cut to nothing',
    spoil: async () => {
      const world = await closedWorld()
      truncateSync(world.path, 0)
      return world
    },
    verdict: refused(/it is empty, though .*-mark tells of an earlier run/),
  },
  {
    name: 'the database deleted, and the rest left',
    spoil: async () => {
      const world = await closedWorld()
      rmSync(world.path)
      return world
    },
    verdict: refused(/it is gone, though .*-mark tells of an earlier run/),
  },
  {
    name: 'the first page zeroed',
    spoil: async () => {
      const world = await closedWorld()
      overwrite(world.path, 0, Buffer.alloc(4_096))
      return world
    },
    verdict: refused(/file is not a database/),
  },
  {
    name: 'a page behind the first zeroed, after a clean end',
    spoil: async () => {
      const world = await closedWorld()
      overwrite(world.path, 4_096 * 4, Buffer.alloc(4_096))
      return world
    },
    verdict: refused(/damaged.*restore a backup/),
  },
  {
    name: 'a page behind the first zeroed, after a kill',
    spoil: async () => {
      const world = await killedWorld()
      overwrite(world.path, 4_096 * 4, Buffer.alloc(4_096))
      return world
    },
    verdict: expect.objectContaining({ kind: expect.stringMatching(/whole|refused/) }),
  },
  {
    name: 'a file of a newer release',
    spoil: async () => {
      const world = await closedWorld()
      const file = new DatabaseSync(world.path)
      file.exec('PRAGMA user_version = 99')
      file.close()
      return world
    },
    verdict: refused(/schema version 99.*start the newer release/),
  },
  {
    name: 'a text file in its place',
    spoil: async () => {
      const world = await closedWorld()
      writeFileSync(world.path, 'Dear Ada, '.repeat(1_000))
      return world
    },
    verdict: refused(/file is not a database/),
  },
  {
    name: 'a folder in its place',
    spoil: async () => {
      const world = await closedWorld()
      rmSync(world.path)
      mkdirSync(world.path)
      return world
    },
    verdict: refused(/it is a folder; a file is expected/),
  },
  {
    name: 'a file where its folder should be',
    spoil: async () => {
      const world = await closedWorld()
      rmSync(world.folder, { recursive: true })
      writeFileSync(world.folder, 'not a folder')
      return world
    },
    verdict: refused(/cannot open/),
  },
]

describe('files that something happened to while no engine ran', () => {
  it.each(faults)('$name', async ({ spoil, bootId, acknowledged, verdict }) => {
    const world = await spoil()
    expect(
      await judge(world, { ...(bootId && { bootId }), ...(acknowledged && { acknowledged }) }),
    ).toMatchObject(verdict)
  })
})

it("leaves somebody else's database as it is", async () => {
  const path = join(temporaryFolder(), 'engine.sqlite')
  const file = new DatabaseSync(path)
  file.exec('CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES (1, 2)')
  file.close()
  const before = readFileSync(path)
  const world = { folder: join(path, '..'), path, epoch: '' }
  expect(await judge(world)).toMatchObject(refused(/a database of another application/))
  expect(readFileSync(path).equals(before)).toBe(true)
  expect(existsSync(`${path}-mark`)).toBe(false)
})

it('refuses an empty file even where no run left a mark', async () => {
  const path = join(temporaryFolder(), 'engine.sqlite')
  writeFileSync(path, '')
  const world = { folder: join(path, '..'), path, epoch: '' }
  expect(await judge(world)).toMatchObject(refused(/it is empty/))
})

it('keeps the new epoch that a copy began with, from its second start on', async () => {
  const world = await closedWorld()
  const copy = join(world.folder, 'copy.sqlite')
  copyFileSync(world.path, copy)
  const first = await judge({ ...world, path: copy })
  expect(first).toMatchObject(NEW_EPOCH)
  const engine = await opened(engineOn(copy))
  const page = await engine.read('room:1', { limit: 1, reverse: true })
  if (!page.ok) throw new Error(page.error)
  await engine.close()
  const { epoch, offset } = page.value.top
  expect(await judge({ ...world, path: copy, epoch }, { acknowledged: offset })).toEqual({
    kind: 'whole',
  })
})
