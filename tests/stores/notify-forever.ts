import type { NotificationId, UserId } from '@coterie/protocol'
import { createSqliteStore } from '@coterie/server'

// Stores notifications until it is killed, and says each id that the store acknowledged.
const store = createSqliteStore({ path: process.argv[2] ?? '' })
await store.start()
for (let index = 1; ; index += 1) {
  const created = await store.notifications.create({
    id: `n${index}` as NotificationId,
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
    createdAtMs: index,
    expiresAtMs: null,
    recipients: ['ada', 'bob'].map((userId) => ({
      userId: userId as UserId,
      isInApp: true,
      heldUntilMs: null,
      deliveries: [],
    })),
  })
  if (!created.ok) throw created.error
  process.stdout.write(`${index}\n`)
}
