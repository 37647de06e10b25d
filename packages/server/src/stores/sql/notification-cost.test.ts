import type { NotificationId, UserId } from '@coterie/protocol'
import { createTestHub, FakeClock } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { SqliteDatabase } from '../sqlite/sqlite-database.ts'
import { sqliteMigrations } from '../sqlite/sqlite-store.ts'
import { CountingDatabase } from './counting-database.ts'
import { SqlStore } from './sql-store.ts'

const USERS = Array.from({ length: 3_000 }, (_, index) => `user-${index}`)
const LAST = 'user-2999'

/** Makes a hub with notifications for all users, over a database that counts. */
async function setUp(notifications: number) {
  const database = new CountingDatabase(new SqliteDatabase(':memory:', 'normal'))
  const store = new SqlStore(database, sqliteMigrations)
  const clock = new FakeClock()
  const { hub } = await createTestHub({ clock, store })
  onTestFinished(async () => {
    const closed = hub.close()
    await clock.advance(60_000)
    await closed
  })
  const ids: string[] = []
  for (let count = 0; count < notifications; count += 1) {
    const request = { title: 'For all', message: '', recipients: USERS }
    const created = await hub.notifications.create(request)
    if (!created.ok) throw created.error
    ids.push(created.value.id)
  }
  return { hub, store, database, clock, ids, service: hub.notifications }
}

it('lists notifications of thousands of users at the cost of what is shown', async () => {
  const { service, database } = await setUp(20)
  let listed: Awaited<ReturnType<typeof service.list>> | undefined
  const cost = await database.costOf(async () => {
    listed = await service.list({ userId: LAST })
  })
  // A page, the first recipients and one more of each, and two statements per overview.
  expect(cost.rows).toBeLessThanOrEqual(20 * (1 + 101 + 2))
  expect(cost.statements).toBeLessThanOrEqual(2 + 2 * 20)
  const items = listed?.ok ? listed.value.items : []
  expect(items).toHaveLength(20)
  for (const item of items) {
    expect(item.recipientCount).toBe(3_000)
    expect(item.recipients.map(({ userId }) => userId)).toEqual([...USERS.slice(0, 100), LAST])
  }
  const own = await database.costOf(() => service.list({ userId: LAST, recipients: 'own' }))
  expect(own).toEqual({ statements: 1, rows: 20 })
})

it('marks as read at the cost of one user', async () => {
  const { service, database, ids } = await setUp(1)
  const [id = ''] = ids
  const own = await database.costOf(() => service.markRead(id, LAST, 'own'))
  expect(own.rows).toBeLessThan(20)
  const all = await database.costOf(() => service.markRead(id, 'user-7'))
  expect(all.rows).toBeLessThan(130)
  const read = await service.find(id)
  expect(read).toMatchObject({ value: { status: 'delivered', readBy: ['user-7', LAST] } })
  const found = await database.costOf(() => service.find(id))
  expect(found.rows).toBeLessThan(110)
})

it('describes all recipients, however few of them are shown', async () => {
  const { service, ids, clock, hub } = await setUp(1)
  const [id = ''] = ids
  const found = async () => {
    const result = await service.find(id)
    if (!result.ok) throw result.error
    return result.value
  }
  expect(await found()).toMatchObject({ status: 'pending', deliveredAtMs: null, readBy: [] })
  const deliveredAtMs = clock.now()
  await service.acknowledge(LAST, [id])
  expect(await found()).toMatchObject({ status: 'delivered', deliveredAtMs, readBy: [] })
  await service.markRead(id, LAST)
  const [listed] = await hub.notifications
    .list({ userId: LAST })
    .then((page) => (page.ok ? page.value.items : []))
  expect([listed?.isReadBy(LAST as UserId), listed?.status]).toEqual([true, 'delivered'])
  for (const userId of USERS) await service.markRead(id, userId, 'own')
  expect(await found()).toMatchObject({ status: 'read', recipientCount: 3_000 })
  expect((await found()).readBy).toEqual(USERS.slice(0, 100))
})

it('pages through all recipients, in order', async () => {
  const { service, ids, database } = await setUp(1)
  const [id = ''] = ids
  await service.markRead(id, LAST, 'own')
  const seen: string[] = []
  let cursor: string | undefined
  let statuses: string[] = []
  do {
    const page = await service.recipients(id, { pageSize: 1_000, cursor })
    if (!page.ok) throw page.error
    seen.push(...page.value.items.map(({ userId }) => userId))
    statuses = page.value.items.map(({ status }) => status)
    cursor = page.value.nextCursor
  } while (cursor !== undefined)
  expect(seen).toEqual(USERS)
  expect(statuses.at(-1)).toBe('read')
  const cost = await database.costOf(() => service.recipients(id, { cursor: '2000' }))
  expect(cost.rows).toBe(102)
  expect(await service.recipients('none')).toMatchObject({ error: { code: 'not_found' } })
  expect(await service.recipients(id, { cursor: 'x' })).toMatchObject({
    error: { code: 'invalid_payload' },
  })
})

it('finds the rows of a page by indexes, never by scanning a table', async () => {
  const { service, database, ids } = await setUp(1)
  const [id = ''] = ids as NotificationId[]
  await database.costOf(async () => {
    await service.list({ userId: LAST })
    await service.recipients(id)
    await service.markRead(id, LAST)
    await service.markAllRead(LAST)
  })
  for (const sql of new Set(database.statements)) {
    const plan = await database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    const scans = plan.filter(({ detail }) => /^SCAN (coterie_|n\b)/.test(detail))
    expect(scans, sql).toEqual([])
  }
})
