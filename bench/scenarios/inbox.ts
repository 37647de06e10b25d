import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NotificationId, UserId } from '@coterie/protocol'
import { createSqliteStore } from '@coterie/server'
import type { NotificationQuery, Store } from '@coterie/server/store'
import { median } from '../median.ts'
import { nowMicros } from '../peers/payload.ts'
import type { Scenario } from '../scenario.ts'

const SQLITE = 'sqlite store'
const CREATED_AT_MS = Date.UTC(2026, 0, 1)
const LATER_MS = CREATED_AT_MS + 1_000
const PAGE_SIZE = 20
const PAGE = 1_000
/** Number of measurements of each; the median is reported. */
const TIMES = 51
const user = 'user-1' as UserId

const TARGET_MS = 5
const targetOf = (figure: string, about: string) => ({
  about: `ms for ${about}`,
  figure,
  peer: SQLITE,
  atMost: TARGET_MS,
})
const column = (key: string, title: string) => ({ key, title, unit: 'ms', digits: 3 })

/** What one user's inbox costs when it is large. */
export const inbox: Scenario = {
  name: 'inbox',
  about: '200,000 notifications of one user in a file, by calls of the store in process',
  columns: [
    column('unread', 'unread count'),
    column('first', 'first page'),
    column('keyset', 'page 1,000 by sequence'),
    column('offset', 'page 1,000 by offset'),
    column('create', 'create one'),
    column('read', 'mark read'),
  ],
  peers: [SQLITE],
  targets: [
    targetOf('unread', 'the unread count'),
    targetOf('first', 'the first page'),
    targetOf('keyset', 'page 1,000 by sequence'),
  ],
  async measure(_, { quick }) {
    const folder = mkdtempSync(join(tmpdir(), 'coterie-inbox-'))
    const store = createSqliteStore({ path: join(folder, 'store.sqlite') })
    try {
      await store.start()
      const size = quick ? PAGE * PAGE_SIZE * 2 : 200_000
      for (let index = 0; index < size; index += 1) await create(store, index)
      return await measureStore(store, size)
    } finally {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function measureStore(store: Store, size: number) {
  const { notifications } = store
  const list = async (more: Partial<NotificationQuery> = {}) => {
    const query = { userId: user, limit: PAGE_SIZE, recipients: 'own', ...more } as const
    const found = await notifications.list(query, LATER_MS)
    if (found.length !== PAGE_SIZE) throw new Error(`a page has ${found.length} notifications`)
    return found
  }
  const offset = (PAGE - 1) * PAGE_SIZE
  const [first] = await list({ offset })
  const before = (first?.sequence ?? 0) + 1
  const unread = await notifications.unreadCount(user, LATER_MS)
  if (unread !== size) throw new Error(`${unread} are unread, expected ${size}`)
  return {
    unread: await timed(() => notifications.unreadCount(user, LATER_MS)),
    first: await timed(() => list()),
    keyset: await timed(() => list({ before })),
    offset: await timed(() => list({ offset })),
    create: await timed((time) => create(store, size + time)),
    read: await timed((time) => notifications.markRead(user, [idOf(time * 1_000)], LATER_MS)),
  }
}

async function timed(work: (time: number) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let time = 0; time < TIMES; time += 1) {
    const startMicros = nowMicros()
    await work(time)
    times.push((nowMicros() - startMicros) / 1_000)
  }
  return median(times)
}

async function create({ notifications }: Store, index: number): Promise<void> {
  const created = await notifications.create({
    id: idOf(index),
    title: 'New message',
    message: 'You have a new message from Jane. She says that the report is ready.',
    type: index % 3 === 0 ? 'message' : 'update',
    priority: 'normal',
    senderId: 'user-2' as UserId,
    resourceType: 'message',
    resourceId: `${index}`,
    actions: [{ label: 'View', action: 'view', data: { id: index } }],
    metadata: { thread: `${index % 100}` },
    channels: null,
    createdAtMs: CREATED_AT_MS,
    // Every tenth ends some day, as what the count has to leave out would.
    expiresAtMs: index % 10 === 0 ? LATER_MS + 86_400_000 : null,
    recipients: [{ userId: user, isInApp: true, heldUntilMs: null, deliveries: [] }],
  })
  if (!created.ok) throw created.error
}

function idOf(index: number): NotificationId {
  return `notification-${index}` as NotificationId
}
