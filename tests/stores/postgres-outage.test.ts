import type { NotificationId, UserId } from '@coterie/protocol'
import type { NewNotification } from '@coterie/server/store'
import { createPostgresStore } from '@coterie/server/stores/postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectionsOf } from '../../packages/server/src/stores/postgres/index.ts'
import { PostgresDatabase } from '../../packages/server/src/stores/postgres/postgres-database.ts'
import { PostgresProcess } from './postgres-process.ts'

const ada = 'ada' as UserId
const unavailable = { code: 'unavailable' }
let postgres: PostgresProcess

beforeAll(async () => {
  postgres = await PostgresProcess.start()
})
afterAll(() => postgres?.remove())

let made = 0
const notification = (): NewNotification => ({
  id: `n${++made}` as NotificationId,
  title: 'title',
  message: 'message',
  type: 'system',
  priority: 'normal',
  senderId: null,
  resourceType: null,
  resourceId: null,
  actions: [],
  metadata: {},
  channels: null,
  createdAtMs: 1_000,
  expiresAtMs: null,
  recipients: [{ userId: ada, isInApp: true, heldUntilMs: null, deliveries: [] }],
})

it('is unavailable while Postgres is dead, and serves by itself when it is back', async () => {
  const store = createPostgresStore({ url: postgres.url() })
  await store.start()
  const { notifications } = store
  await notifications.create(notification())

  // Some are under way when it dies: each is stored or fails, and none hangs.
  const underWay = Array.from({ length: 20 }, () => notifications.create(notification()))
  const ended = Promise.allSettled(underWay)
  await postgres.kill()
  const outcomes = await ended
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(unavailable)
  }
  const health = () =>
    store.health().then(
      () => 'well',
      (error) => error.code,
    )
  await expect.poll(health).toBe('unavailable')
  await expect(notifications.unreadCount(ada, 2_000)).rejects.toMatchObject(unavailable)
  await expect(notifications.create(notification())).rejects.toMatchObject(unavailable)

  await postgres.restart()
  await expect.poll(health).toBe('well')
  const stored = outcomes.filter(({ status }) => status === 'fulfilled').length
  const count = await notifications.unreadCount(ada, 2_000)
  const query = { userId: ada, limit: 100, recipients: 'own' } as const
  expect(await notifications.list(query, 2_000)).toHaveLength(count)
  expect(count, 'what was acknowledged is there').toBeGreaterThanOrEqual(1 + stored)
  expect(await notifications.create(notification())).toMatchObject({ ok: true })
  await store.close()
})

it('gives up what is not answered in time, and goes on over another connection', async () => {
  const url = postgres.url()
  const database = new PostgresDatabase(connectionsOf({ url, maxConnections: 1 }))
  await database.open()
  const slow = database.transaction((session) => session.all('SELECT pg_sleep(3600)'), 100)
  await expect(slow).rejects.toMatchObject(unavailable)
  expect(await database.all('SELECT 1 AS one')).toEqual([{ one: 1 }])
  await database.close()
})

it('rolls back what failed, and keeps the connection', async () => {
  const url = postgres.url()
  const database = new PostgresDatabase(connectionsOf({ url, maxConnections: 1 }))
  await database.open()
  const pid = () => database.all('SELECT pg_backend_pid() AS pid')
  const before = await pid()
  const failing = database.transaction(async (session) => {
    await session.all('CREATE TABLE half_done (x INTEGER)')
    await session.all('SELECT 1 / 0')
  })
  await expect(failing).rejects.toThrow('division by zero')
  await expect(database.all('SELECT x FROM half_done')).rejects.toThrow('does not exist')
  expect(await pid()).toEqual(before)
  await database.close()
})
