import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openToEverybody } from './commands/dev.ts'
import { unknownVariables } from './environment.ts'
import { readServerFlags } from './server-flags.ts'
import { readSettings, type SettingsSources } from './settings.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coterie-settings-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const read = (sources: Partial<SettingsSources> = {}) =>
  readSettings({ flags: {}, environment: {}, folder, ...sources })

it('needs no settings at all', async () => {
  expect(await read()).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    logLevel: 'info',
    engine: {
      kind: 'sqlite',
      path: join(folder, '.coterie', 'engine.sqlite'),
      durability: 'normal',
    },
    store: {
      kind: 'sqlite',
      path: join(folder, '.coterie', 'store.sqlite'),
      durability: 'normal',
    },
    hub: {},
  })
})

it('takes flags before the environment before the file', async () => {
  writeFileSync(join(folder, 'coterie.config.json'), '{"port":1,"host":"a","jwtSecret":"file"}')
  const settings = await read({
    environment: { PORT: '2', COTERIE_JWT_SECRET: 'environment', COTERIE_API_KEY: 'k1, k2' },
    flags: { port: 3 },
  })
  expect(settings).toMatchObject({
    port: 3,
    host: 'a',
    hub: { jwtSecret: 'environment', apiKeys: ['k1', 'k2'] },
  })
})

it('takes how many notifications an inbox holds from the environment, beside what the file says', async () => {
  const notifications = { retentionMs: 1_000, maxPerUser: 5 }
  writeFileSync(join(folder, 'coterie.config.json'), JSON.stringify({ notifications }))
  expect((await read()).hub.notifications).toEqual(notifications)
  const environment = { COTERIE_NOTIFICATIONS_PER_USER: '7' }
  const { hub } = await read({ environment })
  expect(hub.notifications).toEqual({ retentionMs: 1_000, maxPerUser: 7 })
  const wrong = read({ environment: { COTERIE_NOTIFICATIONS_PER_USER: 'many' } })
  await expect(wrong).rejects.toThrow('COTERIE_NOTIFICATIONS_PER_USER is "many": expected a whole')
})

it('takes who signs tokens from the environment, beside what the file says of them', async () => {
  const jwt = { issuer: 'https://file.example', clockToleranceMs: 1_000 }
  writeFileSync(join(folder, 'coterie.config.json'), JSON.stringify({ jwt }))
  const environment = {
    COTERIE_JWKS_URL: 'https://id.example/keys',
    COTERIE_JWT_AUDIENCE: 'chat, mail',
  }
  const jwksUrl = environment.COTERIE_JWKS_URL
  expect((await read({ environment })).hub.jwt).toEqual({
    ...jwt,
    jwksUrl,
    audience: ['chat', 'mail'],
  })
  const issuer = { ...environment, COTERIE_JWT_ISSUER: 'https://id.example' }
  expect((await read({ environment: issuer })).hub.jwt).toMatchObject({
    issuer: ['https://id.example'],
  })
  expect((await read()).hub.jwt).toEqual(jwt)
})

it('takes the store from a flag, the environment or the file', async () => {
  const url = 'postgres://ada:secret@localhost/app'
  expect(await read({ environment: { COTERIE_STORE: url } })).toMatchObject({
    store: { kind: 'postgres', url },
  })
  expect(await read({ flags: { store: 'sqlite:/data/inbox.sqlite' } })).toMatchObject({
    store: { kind: 'sqlite', path: '/data/inbox.sqlite' },
  })
})

it.each(['coterie.config.ts', 'coterie.config.mjs'])('reads %s', async (name) => {
  writeFileSync(join(folder, name), 'export default { port: 4, channels: { lobby: {} } }')
  expect(await read()).toMatchObject({ port: 4, hub: { channels: { lobby: {} } } })
})

it('reads the file that is named, from wherever it is', async () => {
  writeFileSync(join(folder, 'mine.json'), '{"port":5}')
  expect(await read({ environment: { COTERIE_CONFIG: 'mine.json' } })).toMatchObject({ port: 5 })
  await expect(read({ environment: { COTERIE_CONFIG: 'other.json' } })).rejects.toThrow(
    /no configuration file .*other\.json/,
  )
})

it.each([
  ['{', /coterie\.config\.json: .*JSON/],
  ['{"prot":1}', /coterie\.config\.json: unknown key "prot"; known here: .*port/],
  ['{"port":70000}', /coterie\.config\.json: "port" is 70000: expected a port/],
])('names the file, the key and what is allowed: %s', async (text, message) => {
  writeFileSync(join(folder, 'coterie.config.json'), text)
  await expect(read()).rejects.toThrow(message)
})

it.each([
  [{ PORT: 'x' }, /PORT is "x": expected a port from 0 to 65535/],
  [{ PORT: '65536' }, /PORT is "65536"/],
  [{ COTERIE_ANONYMOUS: 'maybe' }, /COTERIE_ANONYMOUS is "maybe": expected true or false/],
  [{ COTERIE_JWT_SECRET: '' }, /^COTERIE_JWT_SECRET is empty: give it a value, or do not set it$/],
  [{ COTERIE_API_KEY: ' , ' }, /^COTERIE_API_KEY is empty/],
  [{ COTERIE_JWT_ISSUER: '' }, /^COTERIE_JWT_ISSUER is empty/],
  [{ COTERIE_ALLOWED_ORIGINS: ' ' }, /^COTERIE_ALLOWED_ORIGINS is empty/],
  [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL is "loud": expected debug, info/],
  [
    { COTERIE_ENGINE: 'redis://x' },
    /the engine is "redis:\/\/x": expected "memory" or "sqlite:<path>"/,
  ],
  [
    { COTERIE_STORE: 'mysql://ada:secret@db' },
    /^the store is "mysql:\/\/…": expected "sqlite:<path>" or "postgres:\/\/…"$/,
  ],
])('refuses %j', async (environment, message) => {
  await expect(read({ environment })).rejects.toThrow(message)
})

it.each([
  [{ COTERIE_ENGINE: 'memory' }, { kind: 'memory' }],
  [{ COTERIE_ENGINE: 'sqlite:/tmp/x.db' }, { kind: 'sqlite', path: '/tmp/x.db' }],
])('reads the engine of %j', async (environment, engine) => {
  expect(await read({ environment })).toMatchObject({ engine })
})

it('knows a misspelt variable', () => {
  expect(unknownVariables({ COTERIE_API_KEYS: 'x', COTERIE_API_KEY: 'x', HOME: '/' })).toEqual([
    'COTERIE_API_KEYS',
  ])
})

it('refuses a flag that it does not know', () => {
  expect(() => readServerFlags({ _: [], prot: '1' })).toThrow(
    /unknown flag --prot; known here: --port/,
  )
  expect(() => readServerFlags({ _: ['x'] })).toThrow(/unexpected argument "x"/)
  expect(readServerFlags({ _: [], port: '0', 'data-dir': 'd', dataDir: 'd' })).toMatchObject({
    port: 0,
    dataDir: 'd',
  })
})

it('opens what is not declared, and nothing else, in development', () => {
  const opened = openToEverybody({ channels: { news: { publish: 'server' } } })
  expect(opened.channels?.news).toEqual({ publish: 'server' })
  expect(opened).toMatchObject({
    anonymous: true,
    channels: { '#': { subscribe: 'public', history: true, presence: true } },
  })
})
