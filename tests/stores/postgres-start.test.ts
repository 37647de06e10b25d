import { createPostgresStore } from '@coterie/server/stores/postgres'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  connectionsOf,
  postgresMigrations,
} from '../../packages/server/src/stores/postgres/index.ts'
import { PostgresDatabase } from '../../packages/server/src/stores/postgres/postgres-database.ts'
import { migrate } from '../../packages/server/src/stores/sql/migrate.ts'
import { PostgresProcess } from './postgres-process.ts'

let postgres: PostgresProcess
let schema = ''
let schemas = 0

beforeAll(async () => {
  postgres = await PostgresProcess.start()
})
beforeEach(async () => {
  schemas += 1
  schema = `s${schemas}`
  await postgres.execute(`CREATE SCHEMA ${schema}`)
})
afterAll(() => postgres?.remove())

it('migrates once, however many start at once', async () => {
  const stores = Array.from({ length: 6 }, () => createPostgresStore({ url: postgres.url(schema) }))
  await Promise.all(stores.map((store) => store.start()))
  await Promise.all(stores.map((store) => store.health()))
  const rows = await postgres.execute(`SELECT number FROM ${schema}.coterie_migrations`)
  expect(rows).toEqual(postgresMigrations.map(({ number }) => ({ number })))
  await Promise.all(stores.map((store) => store.close()))
})

it('leaves everything as it was where a migration fails, and names it', async () => {
  const database = new PostgresDatabase(connectionsOf({ url: postgres.url(schema) }))
  await database.open()
  const first = { number: 1, name: 'first', sql: 'CREATE TABLE a (x INTEGER)' }
  const second = { number: 2, name: 'second', sql: 'INSERT INTO a VALUES (1)' }
  const broken = { number: 3, name: 'broken', sql: 'CREATE TABLE b (x INTEGER); DROP TABLE c' }
  await migrate(database, [first])
  await expect(migrate(database, [first, second, broken])).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/migration 3 broken failed.*"c" does not exist/),
  })
  expect(await database.all('SELECT x FROM a')).toEqual([])
  expect(await database.all('SELECT number FROM coterie_migrations')).toEqual([{ number: 1 }])
  await migrate(database, [first, second])
  expect(await database.all('SELECT x FROM a')).toEqual([{ x: 1 }])
  await database.close()
})

it('refuses tables of a newer release', async () => {
  const store = createPostgresStore({ url: postgres.url(schema) })
  await store.start()
  await store.close()
  const next = postgresMigrations.length + 1
  await postgres.execute(`INSERT INTO ${schema}.coterie_migrations VALUES (${next}, 'later')`)
  await expect(store.start()).rejects.toThrow(
    `of a newer release: they have migration ${next} later`,
  )
})

it('works over a pool that it is given, and leaves it as it was', async () => {
  const options = { connectionString: postgres.url(schema), max: 3 }
  const pool = new pg.Pool(options)
  pool.on('error', () => {})
  const store = createPostgresStore({ pool, preparesStatements: false })
  await store.start()
  await store.preferences.change('ada' as never, () => null)
  await store.close()
  const { rows } = await pool.query('SELECT COUNT(*) AS count FROM coterie_notifications')
  expect(rows, 'numbers are as its owner knows them').toEqual([{ count: '0' }])
  expect(pool.idleCount).toBe(pool.totalCount)
  await pool.end()
})

it('refuses what Postgres cannot keep, and goes on', async () => {
  const store = createPostgresStore({ url: postgres.url(schema), maxConnections: 1 })
  await store.start()
  await expect(store.preferences.find(['a\0b' as never])).rejects.toMatchObject({
    code: 'invalid_payload',
  })
  await store.health()
  await store.close()
})

it('says that it cannot be reached', async () => {
  const store = createPostgresStore({ url: 'postgres://ada@127.0.0.1:1/none' })
  await expect(store.start()).rejects.toMatchObject({ code: 'unavailable' })
})
