import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { EventId } from '@coterie/protocol'
import { engineConformance, FakeClock, SeededRandom } from '@coterie/testing'
import { afterAll, expect, it } from 'vitest'
import type { Engine, JsonText } from '../../ports/engine.ts'
import { createSqliteEngine, type SqliteEngineOptions } from '../../storage/create-sqlite-engine.ts'

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

it('starts new epochs when a power cut may have lost acknowledged events', async () => {
  const clock = new FakeClock()
  const before = create(clock, 'power', { bootId: 'boot-1' })
  await before.start(silent)
  const epoch = await appendOne(before, clock)
  // After a power cut, the file is like a copy of the running engine's file.
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

// They had the same: one channel's stream was resumed with another channel's position.
it('gives each log an epoch of its own after a loss', async () => {
  const clock = new FakeClock()
  const before = create(clock, 'own', { bootId: 'boot-1' })
  await before.start(silent)
  const append = async (engine: Engine, channel: string) => {
    const dedup = { sender: 'ada', messageId: channel }
    const appended = engine.append(channel, event, { ...options, dedup })
    await clock.settle()
    return appended
  }
  const channels = ['a', 'b', 'c']
  for (const channel of channels) await append(before, channel)
  for (const suffix of ['', '-wal']) {
    copyFileSync(join(folder, `own.sqlite${suffix}`), join(folder, `own-cut.sqlite${suffix}`))
  }
  await before.close()
  const after = create(clock, 'own-cut', { bootId: 'boot-2' })
  await after.start(silent)
  const epochs = new Set<string | undefined>()
  for (const channel of channels) {
    const page = await after.read(channel, { limit: 1 })
    const epoch = page.ok ? page.value.top.epoch : undefined
    epochs.add(epoch)
    expect(await append(after, channel)).toMatchObject({ duplicate: true, position: { epoch } })
  }
  expect(epochs.size).toBe(channels.length)
  await after.close()
})

it('keeps its epochs over a reboot if it was closed before', async () => {
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

it('takes over the logs of a file that an earlier release wrote', async () => {
  const clock = new FakeClock()
  const file = new DatabaseSync(join(folder, 'earlier.sqlite'))
  file.exec(`
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
    CREATE TABLE logs (
      id INTEGER PRIMARY KEY, channel TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
      top INTEGER NOT NULL, used_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE events (
      log_id INTEGER NOT NULL, "offset" INTEGER NOT NULL, expires_at INTEGER NOT NULL,
      id TEXT NOT NULL, event TEXT NOT NULL, payload TEXT NOT NULL,
      user_id TEXT, connection_id TEXT, timestamp INTEGER NOT NULL,
      PRIMARY KEY (log_id, "offset")
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX events_by_expiry ON events (expires_at);
    CREATE TABLE dedup (
      channel TEXT NOT NULL, sender TEXT NOT NULL, message_id TEXT NOT NULL,
      event_id TEXT NOT NULL, epoch TEXT NOT NULL, "offset" INTEGER NOT NULL,
      expires_at INTEGER NOT NULL, PRIMARY KEY (channel, sender, message_id)
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE maps (
      id INTEGER PRIMARY KEY, channel TEXT NOT NULL, name TEXT NOT NULL,
      version INTEGER NOT NULL, used_at INTEGER NOT NULL, UNIQUE (channel, name)
    ) STRICT;
    CREATE TABLE entries (
      map_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
      leased INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (map_id, key)
    ) WITHOUT ROWID, STRICT;
    INSERT INTO logs VALUES (1, 'a:1', 'first', 2, 0), (2, 'a:2', 'second', 1, 0);
    INSERT INTO events VALUES
      (1, 1, 1e15, 'e1', 'message', '1', NULL, NULL, 10),
      (1, 2, 1e15, 'e3', 'message', '3', 'ada', 'c1', 30),
      (2, 1, 1e15, 'e2', 'message', '2', NULL, NULL, 20);
    PRAGMA user_version = 1;
  `)
  file.close()
  const engine = create(clock, 'earlier')
  await engine.start(silent)
  const log = await engine.read('a:1', { since: { epoch: 'first', offset: 1 }, limit: 9 })
  expect(log).toMatchObject({
    ok: true,
    value: { events: [{ id: 'e3', from: { user_id: 'ada' } }] },
  })
  const all = await engine.readPattern('a:*', { limit: 9 })
  expect(all).toMatchObject({
    ok: true,
    value: { events: [{ id: 'e1' }, { id: 'e2' }, { id: 'e3' }] },
  })
  await engine.close()
})

it('refuses to work after it was closed', async () => {
  const clock = new FakeClock()
  const engine = create(clock, 'closed')
  await engine.start(silent)
  await engine.close()
  await engine.close()
  await expect(engine.health()).rejects.toMatchObject({ code: 'unavailable' })
})

it('reads a page once for all simultaneous callers, and again after an append', async () => {
  const clock = new FakeClock()
  const engine = create(clock, 'pages')
  await engine.start(silent)
  const read = async () => {
    const page = await engine.read('a', { limit: 10 })
    if (!page.ok) throw new Error(page.error)
    return page.value.events
  }
  await appendOne(engine, clock)
  const events = await read()
  expect(events).toHaveLength(1)
  expect(await read(), 'the same records, not copies').toBe(events)
  await appendOne(engine, clock)
  expect(await read()).toHaveLength(2)
  await clock.advance(options.history.ttlMs)
  expect(await read()).toHaveLength(0)
  await engine.close()
})

it('reads a page once for all readers, at whatever pace, though more is appended meanwhile', async () => {
  const clock = new FakeClock()
  const engine = create(clock, 'shared-pages')
  await engine.start(silent)
  for (let n = 0; n < 4; n += 1) await appendOne(engine, clock)
  const first = await engine.read('a', { limit: 1 })
  const since = first.ok ? { ...first.value.top, offset: 1 } : undefined
  const read = async () => {
    const page = await engine.read('a', { since, limit: 2 })
    if (!page.ok) throw new Error(page.error)
    return page.value
  }
  const { events, top } = await read()
  await clock.advance(1_000)
  await appendOne(engine, clock)
  const later = await read()
  expect(later.events, 'the same records, not copies').toBe(events)
  expect(later.top.offset, 'the newest position of now').toBe(top.offset + 1)
  await clock.advance(options.history.ttlMs - 500)
  await expect(read(), 'what is past its time is not shown').rejects.toThrow('trimmed')
  await engine.close()
})

it('reports missing events in the middle, where later ones expired earlier', async () => {
  const clock = new FakeClock()
  const engine = create(clock, 'shorter')
  await engine.start(silent)
  for (const ttlMs of [60_000, 1_000, 60_000]) {
    const appended = engine.append('a', event, { history: { size: 10, ttlMs } })
    await clock.settle()
    await appended
  }
  const all = await engine.read('a', { limit: 9 })
  if (!all.ok) throw new Error(all.error)
  const since = { ...all.value.top, offset: 0 }
  expect(await engine.read('a', { since, limit: 9 })).toMatchObject({ ok: true })
  await clock.advance(2_000)
  expect(await engine.read('a', { since, limit: 9 })).toEqual({ ok: false, error: 'trimmed' })
  await engine.close()
})

it('keeps nothing of the name of a channel that was only read', async () => {
  const clock = new FakeClock()
  const engine = create(clock, 'only-read')
  await engine.start(silent)
  for (let index = 0; index < 50; index += 1) {
    await engine.join(`read:${index}`)
    await engine.read(`read:${index}`, { limit: 10, reverse: true })
    await engine.entries(`read:${index}`, 'members')
    const removed = engine.change(`read:${index}`, 'members', [{ key: 'a', value: null }], {})
    await clock.settle()
    expect(await removed).toEqual({ ok: true, value: { version: 0, duplicate: false } })
  }
  await engine.close()
  expect(countRows('only-read', 'logs')).toBe(0)
  expect(countRows('only-read', 'maps')).toBe(0)
})

it('gives a reader of an empty channel the same position over a restart, and loses nothing', async () => {
  const clock = new FakeClock()
  const before = create(clock, 'unborn')
  await before.start(silent)
  const told = await before.read('a', { limit: 1, reverse: true })
  if (!told.ok) throw new Error(told.error)
  expect(told.value.top.offset).toBe(0)
  const other = before.append('b', event, options)
  await clock.settle()
  await other
  await before.close()
  const after = create(clock, 'unborn')
  await after.start(silent)
  await appendOne(after, clock)
  const resumed = await after.read('a', { since: told.value.top, limit: 10 })
  expect(resumed).toMatchObject({
    ok: true,
    value: { events: [{ position: { epoch: told.value.top.epoch, offset: 1 } }] },
  })
  await after.close()
})

it('deletes an empty channel after an hour without listeners, and never reuses a position', async () => {
  const clock = new FakeClock()
  const engine = create(clock, 'forgotten')
  await engine.start(silent)
  const epoch = await appendOne(engine, clock)
  const listened = engine.append('b', event, options)
  await clock.settle()
  const { position } = await listened
  await engine.join('b')
  await clock.advance(options.history.ttlMs + 3_600_000 + 60_000)
  const read = (channel: string, since: typeof position) =>
    engine.read(channel, { ...(since && { since }), limit: 9 })
  expect(await read('b', position)).toMatchObject({ ok: true })
  expect(await read('a', { epoch: epoch ?? '', offset: 0 })).toEqual({
    ok: false,
    error: 'unknown_epoch',
  })
  expect(await appendOne(engine, clock)).not.toBe(epoch)
  await engine.leave('b')
  await engine.close()
  expect(countRows('forgotten', 'logs')).toBe(2)
})

it('returns the space of deleted events to the system', async () => {
  const clock = new FakeClock()
  const engine = create(clock, 'shrinks')
  await engine.start(silent)
  const large = { ...event, payload: JSON.stringify('x'.repeat(4_000)) as JsonText }
  for (let index = 0; index < 2_000; index += 1) {
    const appended = engine.append('a', large, { history: { size: 5_000, ttlMs: 60_000 } })
    await clock.settle()
    await appended
  }
  await engine.health()
  await clock.advance(180_000)
  await engine.close()
  expect(statSync(join(folder, 'shrinks.sqlite')).size).toBeLessThan(2 * 1_048_576)
})

/** A clock whose ticks can be held back, to examine each of them. */
class HeldTicks extends FakeClock {
  isHeld = false
  #ticks: (() => void)[] = []

  override afterTick(run: () => void): void {
    if (this.isHeld) this.#ticks.push(run)
    else super.afterTick(run)
  }

  tick(): void {
    for (const run of this.#ticks.splice(0)) run()
  }
}

it('deletes some expired rows per tick, and does other work in between', async () => {
  const clock = new HeldTicks()
  const engine = create(clock, 'swept')
  await engine.start(silent)
  const all = Array.from({ length: 2_000 }, (_, n) => {
    const dedup = { sender: 'ada', messageId: `${n}` }
    return engine.append(`a:${n % 300}`, event, { ...options, dedup })
  })
  await clock.settle()
  await Promise.all(all)
  clock.isHeld = true
  await clock.advance(60_000)
  const other = engine.append('b', event, options)
  clock.tick()
  await other
  await engine.close()
  expect(countRows('swept', 'events')).toBe(2_000 - 2 * 256 + 1)

  clock.isHeld = false
  const again = create(clock, 'swept')
  await again.start(silent)
  await clock.advance(600_000 + 3_600_000)
  await again.close()
  for (const table of ['events', 'dedup', 'logs']) expect(countRows('swept', table)).toBe(0)
})

it('shortens a log in steps when it was kept much longer before', async () => {
  const clock = new FakeClock()
  const append = async (engine: Engine, count: number, size: number): Promise<void> => {
    const history = { size, ttlMs: 60_000 }
    const appended = Array.from({ length: count }, () => engine.append('a', event, { history }))
    await clock.settle()
    await Promise.all(appended)
  }
  const before = create(clock, 'shortened')
  await before.start(silent)
  await append(before, 3_000, 5_000)
  await before.close()
  const after = create(clock, 'shortened')
  await after.start(silent)
  await append(after, 1, 10)
  await after.close()
  expect(countRows('shortened', 'events')).toBe(3_001 - 1_024)
  const later = create(clock, 'shortened')
  await later.start(silent)
  await append(later, 100, 10)
  await later.close()
  expect(countRows('shortened', 'events')).toBeLessThan(20)
})

function countRows(place: string, table: string): number {
  const file = new DatabaseSync(join(folder, `${place}.sqlite`))
  const count = Number(file.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count)
  file.close()
  return count
}
