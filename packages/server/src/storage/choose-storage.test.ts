import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nameAuthenticator } from '@coterie/testing'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  createHub,
  createMemoryEngine,
  createSqliteEngine,
  createSqliteStore,
  type Hub,
  type HubOptions,
  type Logger,
  silentLogger,
} from '../index.ts'

const channels = { lobby: { history: true } }
const expected = '"memory" or "sqlite:<path>"'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coterie-hub-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function makeHub(options: HubOptions): Hub {
  const hub = createHub({ authenticator: nameAuthenticator, channels, ...options })
  onTestFinished(() => hub.close())
  return hub
}

/** Says something as an earlier process, which ends. */
async function runBefore(options: HubOptions): Promise<void> {
  const hub = makeHub(options)
  expect(await hub.publish('lobby', 'message', 'from before')).toMatchObject({ ok: true })
  const notice = { title: 'Before', message: 'From before', recipients: ['ada'] }
  expect(await hub.notifications.create(notice)).toMatchObject({ ok: true })
  await hub.close()
}

async function remembered(options: HubOptions) {
  const hub = makeHub(options)
  await hub.start()
  const history = await hub.channelReader.history('lobby', { limit: 10, reverse: false }, undefined)
  const { events } = JSON.parse(history.ok ? history.value : '{}') as { events?: unknown[] }
  const notifications = await hub.notifications.list({ userId: 'ada' })
  await hub.close()
  return {
    events: events?.length,
    notifications: notifications.ok ? notifications.value.items.length : notifications.error,
  }
}

function warningsOf(options: HubOptions): string[] {
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (_, message) => warnings.push(message) }
  makeHub({ logger, ...options })
  return warnings
}

describe('what a hub was told is there after a restart', () => {
  it.each<[string, () => HubOptions]>([
    ['by dataDir', () => ({ dataDir: join(folder, 'new', 'data') })],
    [
      'by words',
      () => ({
        engine: `sqlite:${join(folder, 'a.sqlite')}`,
        store: `sqlite:${join(folder, 'b.sqlite')}`,
      }),
    ],
    [
      'by words within dataDir',
      () => ({ dataDir: folder, engine: `sqlite:${folder}/mine.sqlite` }),
    ],
    [
      'by objects',
      () => ({
        engine: createSqliteEngine({ path: join(folder, 'a.sqlite') }),
        store: createSqliteStore({ path: join(folder, 'b.sqlite') }),
      }),
    ],
    [
      'by an object beside dataDir',
      () => ({ dataDir: folder, engine: createSqliteEngine({ path: join(folder, 'a.sqlite') }) }),
    ],
  ])('%s', async (_, options) => {
    await runBefore(options())
    expect(await remembered(options())).toEqual({ events: 1, notifications: 1 })
  })
})

it('keeps engine and store under the names that the command gives them', async () => {
  await runBefore({ dataDir: folder, durability: 'full' })
  expect(existsSync(join(folder, 'engine.sqlite'))).toBe(true)
  expect(existsSync(join(folder, 'store.sqlite'))).toBe(true)
})

it('writes no file where none is named, and says on the console that nothing is kept', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  await runBefore({})
  expect(warned.mock.calls.flat()).toEqual([
    expect.stringMatching(/^coterie: everything is kept in memory .* dataDir: '\.coterie'/),
  ])
  expect(existsSync(join(process.cwd(), '.coterie'))).toBe(false)
})

it.each<[string, () => HubOptions, RegExp]>([
  ['nothing is named', () => ({}), /^everything is kept in memory/],
  [
    'only the engine has a file',
    () => ({ engine: `sqlite:${join(folder, 'a.sqlite')}` }),
    /^notifications .* store: 'sqlite:<path>'/,
  ],
  [
    'only the store has a file',
    () => ({ store: `sqlite:${join(folder, 'a.sqlite')}` }),
    /^history .* engine: 'sqlite:<path>'/,
  ],
])('warns once of what is kept in memory where %s', (_, options, warning) => {
  expect(warningsOf(options())).toEqual([expect.stringMatching(warning)])
})

it.each<[string, () => HubOptions]>([
  ['memory is named', () => ({ engine: 'memory' })],
  ['memory is named for both', () => ({ engine: 'memory', store: 'memory' })],
  ['an engine in memory is given', () => ({ engine: createMemoryEngine() })],
  ['there is a data directory', () => ({ dataDir: folder })],
])('warns of nothing where %s', (_, options) => {
  expect(warningsOf(options())).toEqual([])
})

it.each<[unknown, string]>([
  [{ engine: 'text' }, `the engine is "text": expected ${expected}`],
  [{ engine: 'sqlite:' }, `the engine is "sqlite:": expected ${expected}`],
  [{ engine: '' }, `the engine is "": expected ${expected}`],
  [
    { engine: 'redis://ada:secret@db' },
    `the engine is "redis://…": expected ${expected} (redis and nats are not supported yet)`,
  ],
  [{ engine: 'redis:ada:secret@db' }, 'the engine is "redis:…": expected'],
  [{ engine: 'ada:se?cret@db' }, 'the engine is "ada:…": expected'],
  [{ engine: '//ada:secret@db' }, 'the engine is "…": expected'],
  [{ engine: 'redis://db/?password=secret' }, 'the engine is "redis://…": expected'],
  [{ store: 'postgresql//ada:secret@db' }, 'the store is "…": expected'],
  [{ store: 'postgres://ada:secret@db:99999' }, 'the store is "postgres://…": expected'],
  [{ store: ['postgres://ada:secret@db'] }, '"store" is ["postgres://…@db"]: expected'],
  [{ engine: 7 }, '"engine" is 7: expected "memory", "sqlite:<path>" or an engine'],
  [{ engine: {} }, '"engine" is {}: expected "memory", "sqlite:<path>" or an engine'],
  [{ engine: null }, '"engine" is null: expected "memory"'],
  [{ store: 'sqlite: ' }, 'the store is "sqlite: ": expected "memory", "sqlite:<path>" or'],
  [{ store: 'mysql://ada:secret@db' }, 'the store is "mysql://…": expected "sqlite:<path>" or'],
  [{ store: {} }, '"store" is {}: expected "memory", "sqlite:<path>", "postgres://…" or a store'],
  [{ dataDir: '' }, '"dataDir" is "": expected the path of a folder'],
  [{ dataDir: '/tmp/x', durability: 'much' }, '"durability" is "much"'],
  [{ durability: 'full' }, 'durability is "full", but no file is named'],
  [{ dataDir: '/tmp/x', engine: 'memory' }, 'the engine is kept in memory'],
  [{ dataDir: '/tmp/x', engine: createMemoryEngine() }, 'the engine is kept in memory'],
  [{ dataDir: '/tmp/x', store: 'memory' }, 'the store is kept in memory'],
  [{ dataDir: '/tmp/x', store: 'sqlite::memory:' }, 'the store is kept in memory'],
  [{ dataDir: '/tmp/x', engine: 'sqlite:/tmp/y' }, 'the engine is kept in a file elsewhere'],
  [{ dataDir: '/tmp/x', engine: 'sqlite:/tmp/xy' }, 'the engine is kept in a file elsewhere'],
  [
    {
      dataDir: '/tmp/x',
      engine: createSqliteEngine({ path: '/tmp/y' }),
      store: 'postgres://localhost/app',
    },
    'engine and store are both given',
  ],
])('refuses %j', (options, message) => {
  expect(() => createHub(options as HubOptions)).toThrow(
    expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining(message) }),
  )
})

it('refuses a data directory that is a file, or below one', () => {
  const file = join(folder, 'letter.txt')
  writeFileSync(file, 'Dear Ada')
  for (const dataDir of [file, join(file, 'data')]) {
    expect(() => createHub({ dataDir })).toThrow(
      `dataDir is ${JSON.stringify(dataDir)}: ${file} is a file; expected a folder that this process may write to`,
    )
  }
})

it('says at start why a folder cannot be made, in place of trying for ever', async () => {
  const hub = makeHub({ engine: 'sqlite:/proc/nowhere/engine.sqlite', store: 'memory' })
  await expect(hub.listen({ port: 0 })).rejects.toThrow(
    /cannot open \/proc\/nowhere\/engine\.sqlite: ENOENT/,
  )
})

it('lets one hub alone use a data directory, until it is closed', async () => {
  const first = makeHub({ dataDir: folder })
  await first.start()
  const second = makeHub({ dataDir: folder })
  const inUse = { code: 'unavailable', message: expect.stringMatching(/engine\.sqlite: another/) }
  await expect(second.listen({ port: 0 })).rejects.toMatchObject(inUse)
  const third = makeHub({ dataDir: folder })
  expect(await third.publish('lobby', 'message', 'Hello')).toMatchObject({
    ok: false,
    error: inUse,
  })
  await first.close()
  expect(await remembered({ dataDir: folder })).toMatchObject({ events: 0 })
})

it('holds no file of a hub that could not start', async () => {
  writeFileSync(join(folder, 'engine.sqlite'), 'Dear Ada, '.repeat(1_000))
  await expect(makeHub({ dataDir: folder }).start()).rejects.toThrow(/not a database/)
  rmSync(join(folder, 'engine.sqlite'))
  await runBefore({ dataDir: folder })
})
