import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSqliteStore } from '@coterie/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { appendMany, appendNumber, CHANNEL, opened } from './acknowledged-log.ts'
import { judge } from './judge-storage.ts'
import { engineOn, temporaryFolder } from './storage-world.ts'

const DISK_BYTES = 4 * 1_048_576

/** Makes a small file system of memory; undefined where this user may not. */
function mountDisk(): string | undefined {
  const folder = temporaryFolder()
  try {
    const size = `size=${DISK_BYTES}`
    execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
  return folder
}

/** Takes all the space there is. */
function fill(folder: string): string {
  const path = join(folder, 'filler')
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(path, Buffer.alloc(bavail * bsize))
  return path
}

describe('a disk that is full', () => {
  it('gets no acknowledgement, and goes on where it was once there is space', async ({ skip }) => {
    const disk = mountDisk()
    if (disk === undefined) return skip('mounting is not allowed')
    const path = join(disk, 'data', 'engine.sqlite')
    const engine = await opened(engineOn(path))
    const [first] = await appendMany(engine, 1, 20)
    const epoch = first?.position?.epoch ?? ''
    const filler = fill(disk)

    // What is allocated already may take some more.
    let acknowledged = 20
    let refusal: unknown
    while (refusal === undefined) {
      try {
        await appendNumber(engine, acknowledged + 1)
        acknowledged += 1
      } catch (error) {
        refusal = error
      }
    }
    expect(refusal).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/full/) })

    rmSync(filler)
    await engine.health()
    const next = await appendNumber(engine, acknowledged + 1)
    expect(next.position).toEqual({ epoch, offset: acknowledged + 1 })
    const page = await engine.read(CHANNEL, { since: { epoch, offset: 0 }, limit: 100_000 })
    expect(page.ok && page.value.events).toHaveLength(acknowledged + 1)
    await engine.close()
    const after = await opened(engineOn(path))
    const again = await after.read(CHANNEL, { since: { epoch, offset: 0 }, limit: 100_000 })
    expect(again.ok && again.value.events).toHaveLength(acknowledged + 1)
    await after.close()
  })

  it('stops a start in one line', async ({ skip }) => {
    const disk = mountDisk()
    if (disk === undefined) return skip('mounting is not allowed')
    fill(disk)
    const path = join(disk, 'engine.sqlite')
    const verdict = await judge({ folder: disk, path, epoch: '' })
    expect(verdict).toMatchObject({ kind: 'refused', message: expect.stringMatching(/full|space/) })
    await expect(createSqliteStore({ path: join(disk, 'store.sqlite') }).start()).rejects.toThrow(
      /store\.sqlite/,
    )
  })
})

it('says in one line that a disk cannot be written to', async ({ skip }) => {
  const disk = mountDisk()
  if (disk === undefined) return skip('mounting is not allowed')
  const path = join(disk, 'engine.sqlite')
  const engine = await opened(engineOn(path))
  await appendMany(engine, 1, 20)
  await engine.close()
  execFileSync('mount', ['-o', 'remount,ro', disk])
  for (const file of [path, join(disk, 'other', 'engine.sqlite')]) {
    expect(await judge({ folder: disk, path: file, epoch: '' })).toMatchObject({ kind: 'refused' })
  }
  expect(existsSync(`${path}-mark-next`)).toBe(false)
})

it('acknowledges nothing once a volume is mounted over its folder, and is not ready', async ({
  skip,
}) => {
  const disk = mountDisk()
  if (disk === undefined) return skip('mounting is not allowed')
  mkdirSync(join(disk, 'data'))
  const path = join(disk, 'data', 'engine.sqlite')
  const engine = await opened(engineOn(path))
  await appendMany(engine, 1, 20)
  // A folder of nothing over the data, as a volume that was mounted too late.
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(disk, 'data')])
  onTestFinished(() => void execFileSync('umount', ['--lazy', join(disk, 'data')]))
  await expect(appendNumber(engine, 21)).rejects.toThrow(/was deleted, moved or replaced/)
  await expect(engine.health()).rejects.toThrow(/was deleted, moved or replaced/)
  await engine.close()
})
