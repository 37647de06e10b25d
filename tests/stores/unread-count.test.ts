import { createSqliteStore } from '@coterie/server'
import type { Store } from '@coterie/server/store'
import { createPostgresStore } from '@coterie/server/stores/postgres'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PostgresProcess } from './postgres-process.ts'
import { steps, UnreadModel, USERS } from './unread-model.ts'

let postgres: PostgresProcess

beforeAll(async () => {
  postgres = await PostgresProcess.start()
})
afterAll(() => postgres?.remove())

it.each([
  ['SQLite', 150, async () => createSqliteStore({ path: ':memory:' })],
  ['Postgres', 25, createInNewSchema],
])('%s counts and lists what is unread after whatever happened', async (_, numRuns, create) => {
  const property = fc.asyncProperty(steps, async (taken) => {
    const store = await create()
    try {
      await store.start()
      const model = new UnreadModel(store)
      for (const step of taken) {
        await model.take(step)
        await expectSame(store, model)
      }
    } finally {
      await store.close()
    }
  })
  await fc.assert(property, { numRuns })
})

async function expectSame({ notifications }: Store, model: UnreadModel): Promise<void> {
  for (const userId of USERS) {
    const expected = model.unreadOf(userId)
    const query = { userId, isUnread: true, limit: 100, recipients: 'own' } as const
    const listed = await notifications.list(query, model.nowMs)
    expect(listed.map(({ id }) => id).toReversed()).toEqual(expected)
    expect(await notifications.unreadCount(userId, model.nowMs)).toBe(expected.length)
  }
}

let schemas = 0

async function createInNewSchema(): Promise<Store> {
  schemas += 1
  await postgres.execute(`CREATE SCHEMA s${schemas}`)
  return createPostgresStore({ url: postgres.url(`s${schemas}`), maxConnections: 2 })
}
