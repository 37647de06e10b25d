import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventId } from '@coterie/protocol'
import { engineConformance, FakeClock, SeededRandom } from '@coterie/testing'
import { afterAll, expect, it } from 'vitest'
import type { Engine, JsonText } from '../../ports/engine.ts'
import { createSqliteEngine, type SqliteEngineOptions } from './sqlite-engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'coterie-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let seed = 0
const create = (clock: FakeClock, place: string, more: Partial<SqliteEngineOptions> = {}): Engine =>
  createSqliteEngine({
    path: join(folder, `${place}.sqlite`),
    clock,
    random: new SeededRandom(++seed),
    ...more,
  })

engineConformance('sqlite', create)

const silent = { onEvent() {}, onChange() {} }
const event = {
  id: 'e1' as EventId,
  event: 'message',
  payload: '1' as JsonText,
  from: null,
  timestampMs: 1_000,
}
const options = { history: { size: 10, ttlMs: 60_000 } }

async function appendOne(engine: Engine, clock: FakeClock): Promise<string | undefined> {
  const appended = engine.append('a', event, options)
  await clock.settle()
  return (await appended).position?.epoch
}

it('refuses a file that another engine uses, and says which', async () => {
  const clock = new FakeClock()
  const first = create(clock, 'shared')
  await first.start(silent)
  const second = create(clock, 'shared')
  await expect(second.start(silent)).rejects.toThrow(/shared\.sqlite: another process uses it/)
  await first.close()
})

it('begins new epochs when a power cut may have taken acknowledged events', async () => {
  const clock = new FakeClock()
  const before = create(clock, 'power', { bootId: 'boot-1' })
  await before.start(silent)
  const epoch = await appendOne(before, clock)
  // A copy of the file as it lies there while the engine runs is what a power cut leaves.
  for (const suffix of ['', '-wal']) {
    copyFileSync(join(folder, `power.sqlite${suffix}`), join(folder, `cut.sqlite${suffix}`))
  }
  await before.close()

  const sameBoot = create(clock, 'power', { bootId: 'boot-1' })
  await sameBoot.start(silent)
  expect(await appendOne(sameBoot, clock)).toBe(epoch)
  await sameBoot.close()

  const otherBoot = create(clock, 'cut', { bootId: 'boot-2' })
  await otherBoot.start(silent)
  expect(await appendOne(otherBoot, clock)).not.toBe(epoch)
  await otherBoot.close()
})

it('keeps its epochs over a reboot that it was closed for', async () => {
  const clock = new FakeClock()
  const before = create(clock, 'reboot', { bootId: 'boot-1' })
  await before.start(silent)
  const epoch = await appendOne(before, clock)
  await before.close()
  const after = create(clock, 'reboot', { bootId: 'boot-2' })
  await after.start(silent)
  expect(await appendOne(after, clock)).toBe(epoch)
  await after.close()
})

it('refuses to work after it was closed', async () => {
  const clock = new FakeClock()
  const engine = create(clock, 'closed')
  await engine.start(silent)
  await engine.close()
  await engine.close()
  await expect(engine.health()).rejects.toMatchObject({ code: 'unavailable' })
})
