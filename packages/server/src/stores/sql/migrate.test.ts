import { expect, it } from 'vitest'
import { SqliteDatabase } from '../sqlite/sqlite-database.ts'
import { migrate } from './migrate.ts'
import type { Migration } from './migration.ts'

const first: Migration = {
  number: 1,
  name: 'first',
  sql: 'CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)',
}
const second: Migration = { number: 2, name: 'second', sql: 'INSERT INTO a SELECT x + 1 FROM a' }
const broken: Migration = {
  number: 3,
  name: 'broken',
  sql: 'INSERT INTO a VALUES (9); DROP TABLE none',
}

async function open(): Promise<SqliteDatabase> {
  const database = new SqliteDatabase(':memory:', 'normal')
  await database.open()
  return database
}

const rowsOf = (database: SqliteDatabase) => database.all('SELECT x FROM a ORDER BY x')

it('applies missing migrations once, in order', async () => {
  const database = await open()
  await migrate(database, [first])
  await migrate(database, [first, second])
  await migrate(database, [first, second])
  expect(await rowsOf(database)).toMatchObject([{ x: 1 }, { x: 2 }])
  expect(await database.all('SELECT * FROM coterie_migrations')).toMatchObject([
    { number: 1, name: 'first' },
    { number: 2, name: 'second' },
  ])
})

it('changes nothing if one migration fails, and names it', async () => {
  const database = await open()
  await migrate(database, [first])
  await expect(migrate(database, [first, second, broken])).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/migration 3 broken failed.*no such table: none/),
  })
  expect(await rowsOf(database), 'nor is the one before it applied').toMatchObject([{ x: 1 }])
  await migrate(database, [first, second])
  expect(await rowsOf(database)).toHaveLength(2)
})

it.each([
  ['more', [first]],
  ['others', [first, { ...second, name: 'another' }]],
])('refuses tables of a newer release, which has %s', async (_, known) => {
  const database = await open()
  await migrate(database, [first, second])
  await expect(migrate(database, known)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/of a newer release: they have migration 2 second/),
  })
  expect(await rowsOf(database)).toHaveLength(2)
})
