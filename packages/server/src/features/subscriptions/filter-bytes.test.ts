import { createTestHub, shareStore } from '@coterie/testing'
import { expect, it } from 'vitest'
import { silentLogger } from '../../ports/logger.ts'
import { createSqliteStore } from '../../stores/sqlite/sqlite-store.ts'

const FILTER = { text: 'x'.repeat(89) }
const REQUEST = { userId: 'eve', topic: 'posts', payloadFilter: FILTER }
const refused = {
  ok: false,
  error: { code: 'limit_exceeded', details: { held: 300, bytes: 100, limit: 350 } },
}

async function setUp() {
  const { hub } = await createTestHub({ limits: { filterBytesPerUser: 350 } })
  return hub.subscriptions
}

it('a user stores filters of so many bytes, also when many come at once', async () => {
  const service = await setUp()
  const create = () => service.createTopicSubscription(REQUEST)
  const made = await Promise.all(Array.from({ length: 10 }, create))
  expect(made.filter(({ ok }) => ok)).toHaveLength(3)
  expect(await create()).toMatchObject(refused)
  expect(await create()).toMatchObject({ error: { message: expect.stringContaining('300') } })
  // Others have their own, and what has no filter takes none of it.
  expect((await service.createTopicSubscription({ ...REQUEST, userId: 'bob' })).ok).toBe(true)
  expect((await service.createTopicSubscription({ userId: 'eve', topic: 'posts' })).ok).toBe(true)
})

it('what is paused or deleted makes room, and comes back where there is room', async () => {
  const service = await setUp()
  const ids: string[] = []
  for (let count = 0; count < 3; count += 1) {
    const made = await service.createTopicSubscription(REQUEST)
    if (made.ok) ids.push(made.value.id)
  }
  const [first = '', second = ''] = ids
  await service.updateStatus(first, 'paused')
  expect((await service.createTopicSubscription(REQUEST)).ok).toBe(true)
  expect(await service.updateStatus(first, 'active')).toMatchObject(refused)
  await service.delete(second)
  expect((await service.updateStatus(first, 'active')).ok).toBe(true)
  expect((await service.updateStatus(first, 'active')).ok).toBe(true)
  expect(await service.createTopicSubscription(REQUEST)).toMatchObject(refused)
})

it('what is stored already goes on under a smaller bound, and the log says so once', async () => {
  const store = shareStore(createSqliteStore({ path: ':memory:' }))
  const { hub } = await createTestHub({ store })
  for (let count = 0; count < 3; count += 1)
    await hub.subscriptions.createTopicSubscription(REQUEST)
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (_: object, text: string) => void warnings.push(text) }
  const later = await createTestHub({ store, logger, limits: { filterBytesPerUser: 250 } })
  const listed = await later.hub.subscriptions.list({ userId: 'eve', status: 'active' })
  expect(listed.ok && listed.value.items).toHaveLength(3)
  expect(warnings.filter((text) => text.includes('filterBytesPerUser'))).toHaveLength(1)
  const more = await later.hub.subscriptions.createTopicSubscription(REQUEST)
  expect(more).toMatchObject({ error: { details: { held: 300 } } })
})
