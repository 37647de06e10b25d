import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { NotificationId, SubscriptionId, UserId } from '@coterie/protocol'
import { storeConformance } from '@coterie/testing'
import { afterAll, expect, it } from 'vitest'
import type { NewNotification } from '../../ports/notification-repository.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { SqliteDatabase } from './sqlite-database.ts'
import { createSqliteStore, sqliteMigrations } from './sqlite-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'coterie-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pathOf = (place: string): string => join(folder, place, 'store.sqlite')

storeConformance('sqlite', (place) => createSqliteStore({ path: pathOf(place) }))
storeConformance('sqlite in memory', () => createSqliteStore({ path: ':memory:' }), {
  isDurable: false,
})

it('refuses a file that another store uses, and says which', async () => {
  const first = createSqliteStore({ path: pathOf('shared') })
  await first.start()
  const second = createSqliteStore({ path: pathOf('shared') })
  await expect(second.start()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/store\.sqlite: another process uses it/),
  })
  await first.close()
  await second.start()
  await second.close()
})

it('takes triggers from whoever had them when it is opened: that process is gone', async () => {
  const first = createSqliteStore({ path: pathOf('killed') })
  await first.start()
  await first.triggers.lease('ship', 'dead', 1_000, 99_000)
  await first.close()
  const second = createSqliteStore({ path: pathOf('killed') })
  await second.start()
  expect(await second.triggers.lease('ship', 'new', 2_000, 3_000)).toMatchObject({ isHeld: true })
  await second.close()
})

it('refuses a file that is no database', async () => {
  const path = join(folder, 'letter.txt')
  writeFileSync(path, 'Dear Ada, '.repeat(1_000))
  await expect(createSqliteStore({ path }).start()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/cannot open .*letter\.txt: file is not a database/),
  })
})

it('acknowledges nothing into a folder that was deleted, and says so', async () => {
  const store = createSqliteStore({ path: pathOf('deleted') })
  await store.start()
  rmSync(join(folder, 'deleted'), { recursive: true })
  const gone = { code: 'unavailable', message: expect.stringMatching(/was deleted, moved/) }
  await expect(store.forgetKeys(1)).rejects.toMatchObject(gone)
  await expect(store.health()).rejects.toMatchObject(gone)
  await store.close()
})

it('lets the process do something else while many wait', async () => {
  const database = new SqliteDatabase(':memory:', 'normal')
  await database.open()
  let isOthersTurn = false
  setImmediate(() => {
    isOthersTurn = true
  })
  const seen = await Promise.all(
    Array.from({ length: 100 }, async () => {
      await database.all('SELECT 1')
      return isOthersTurn
    }),
  )
  expect(seen.at(0)).toBe(false)
  expect(seen.at(-1)).toBe(true)
  await database.close()
})

it('undoes what a failed transaction did, and lets the next begin', async () => {
  const database = new SqliteDatabase(':memory:', 'normal')
  await database.open()
  await database.all('CREATE TABLE a (x INTEGER)')
  const failed = database.transaction(async (session) => {
    await session.all('INSERT INTO a VALUES (1)')
    await session.pause()
    throw new Error('on purpose')
  })
  const read = database.all('SELECT x FROM a')
  await expect(failed).rejects.toThrow('on purpose')
  expect(await read).toEqual([])
  await database.transaction((session) => session.all('INSERT INTO a VALUES (2)'))
  expect(await database.all('SELECT x FROM a')).toMatchObject([{ x: 2 }])
  await database.close()
})

it('lets what an earlier build held for quiet hours follow what its user wants', async () => {
  const path = pathOf('held')
  const earlier = new SqlStore(new SqliteDatabase(path, 'normal'), sqliteMigrations.slice(0, 3))
  await earlier.start()
  await earlier.close()
  const file = new DatabaseSync(path)
  file.exec(`INSERT INTO coterie_notifications (id, type, priority, body, created_at)
      VALUES ('n', 'message', 'normal', '{"metadata":{},"actions":[]}', 1);
    INSERT INTO coterie_recipients (user_id, sequence, ordinal, status, in_app, type, priority)
      VALUES ('ada', 1, 0, 'pending', 0, 'message', 'normal');
    INSERT INTO coterie_deliveries (sequence, user_id, route, target, status, attempts, due_at,
      next_at, created_at) VALUES (1, 'ada', 'email', 'a@b.org', 'waiting', 0, 900, 900, 1)`)
  file.close()
  const store = createSqliteStore({ path })
  await store.start()
  const deliveries = [{ route: 'email', target: 'a@b.org', dueAtMs: 5 }] as const
  const wanted = { userId: 'ada' as UserId, isInApp: false, heldUntilMs: null, deliveries }
  const plan = () => ({ recipient: wanted, reason: '' })
  await store.notifications.replan('ada' as UserId, plan, { nowMs: 5, limit: 10 })
  expect(await store.deliveries.nextDueMs()).toBe(5)
  await store.close()
})

it('reads subscriptions of a file that knew nothing of what was proved', async () => {
  const path = pathOf('earlier')
  const earlier = new SqlStore(new SqliteDatabase(path, 'normal'), sqliteMigrations.slice(0, 2))
  await earlier.start()
  await earlier.close()
  const file = new DatabaseSync(path)
  file.exec(`INSERT INTO coterie_subscriptions (id, user_id, type, status, created_at, updated_at,
    resource_id, resource_type, labels, metadata, is_vouched)
    VALUES ('s', 'ada', 'resource', 'active', 1, 1, '7', 'invoice', '[]', '{}', 0)`)
  file.close()
  const store = createSqliteStore({ path })
  await store.start()
  const found = await store.subscriptions.find('s' as SubscriptionId)
  expect(found).toMatchObject({ userId: 'ada', resourceId: '7', isVouched: false })
  expect(found?.proven).toBeUndefined()
  await store.close()
})

it('counts what inboxes hold in a file that knew nothing of it', async () => {
  const path = pathOf('uncounted')
  const earlier = new SqlStore(new SqliteDatabase(path, 'normal'), sqliteMigrations.slice(0, 4))
  await earlier.start()
  await earlier.close()
  const file = new DatabaseSync(path)
  for (const n of [1, 2, 3]) {
    file.exec(`INSERT INTO coterie_notifications (id, type, priority, body, created_at)
      VALUES ('n${n}', 'system', 'normal', '{"title":"t"}', 1);
      INSERT INTO coterie_recipients (user_id, sequence, ordinal, status, in_app, type, priority)
      VALUES ('ada', ${n}, 0, 'pending', ${n === 2 ? 0 : 1}, 'system', 'normal');`)
  }
  file.exec(`INSERT INTO coterie_inboxes (user_id, unread_count) VALUES ('ada', 2)`)
  file.close()
  const store = createSqliteStore({ path })
  await store.start()
  const made = await store.notifications.create(notificationFor('new', 'ada', 2))
  expect(made.ok && made.value.removed).toEqual([{ userId: 'ada', id: 'n1' }])
  await store.close()
})

function notificationFor(id: string, userId: string, maxPerUser: number): NewNotification {
  return {
    id: id as NotificationId,
    title: 't',
    message: 'm',
    type: 'system',
    priority: 'normal',
    senderId: null,
    resourceType: null,
    resourceId: null,
    actions: [],
    metadata: {},
    channels: null,
    createdAtMs: 2,
    expiresAtMs: null,
    recipients: [{ userId: userId as UserId, isInApp: true, heldUntilMs: null, deliveries: [] }],
    maxPerUser,
  }
}
