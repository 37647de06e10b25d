import { ok, type Result, refuse } from '@coterie/protocol'
import type {
  CreatedNotification,
  NewNotification,
  NewRecipient,
} from '../../ports/notification-repository.ts'
import { addDeliveries } from './add-deliveries.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'
import { inBatches } from './in-batches.ts'
import { type InboxSize, inboxes } from './inboxes.ts'
import { contentValues } from './notification-row.ts'
import type { SqlSession } from './sql-database.ts'
import { trimInboxes } from './trim-inboxes.ts'

/** Stores a notification with its recipients and deliveries, inside a transaction. */
export async function createNotification(
  session: SqlSession,
  keys: IdempotencyKeys,
  notification: NewNotification,
): Promise<Result<CreatedNotification>> {
  const { id, createdAtMs, idempotencyKey, recipients } = notification
  const use = await keys.use(session, idempotencyKey, createdAtMs)
  if (!use.ok) return use
  if ('resourceId' in use.value) return findEarlier(session, use.value.resourceId)
  const [row] = await session.all<{ sequence: number }>(
    `INSERT INTO coterie_notifications (id, type, priority, body, created_at, expires_at)
      VALUES ($1, $2, $3, $4, $5, $6) RETURNING sequence`,
    contentValues(notification),
  )
  const { sequence } = row as { sequence: number }
  // In the order of users, so that two writers of many users do not deadlock.
  const sorted = recipients
    .map((recipient, index) => ({ ...recipient, ordinal: index }))
    .toSorted((a, b) => (a.userId < b.userId ? -1 : 1))
  const sizes: InboxSize[] = []
  await inBatches(session, sorted, async (batch) => {
    sizes.push(...(await addRecipients(session, notification, sequence, batch)))
  })
  const deliveries = recipients.flatMap(({ userId, deliveries }) =>
    deliveries.map((delivery) => ({ ...delivery, sequence, userId })),
  )
  await addDeliveries(session, createdAtMs, deliveries)
  await use.value.keep(id)
  const { maxPerUser } = notification
  const removed = maxPerUser === undefined ? [] : await trimInboxes(session, sizes, maxPerUser)
  return ok({ id, sequence, isDuplicate: false, ...(removed.length > 0 && { removed }) })
}

async function findEarlier(session: SqlSession, id: string): Promise<Result<CreatedNotification>> {
  const [row] = await session.all<Pick<CreatedNotification, 'id' | 'sequence'>>(
    'SELECT id, sequence FROM coterie_notifications WHERE id = $1',
    [id],
  )
  if (row) return ok({ ...row, isDuplicate: true })
  return refuse(
    'conflict',
    'the notification that was made with this idempotency key is deleted; a new one needs a new key',
  )
}

type Recipient = NewRecipient & { readonly ordinal: number }

async function addRecipients(
  session: SqlSession,
  { type, priority, expiresAtMs }: NewNotification,
  sequence: number,
  recipients: readonly Recipient[],
): Promise<readonly InboxSize[]> {
  const sizes = await inboxes.add(
    session,
    recipients.map(({ userId, isInApp }) => {
      const count = isInApp ? 1 : 0
      return { user_id: userId, unread: count, total: count }
    }),
  )
  const rows = recipients.map(({ userId, ordinal, isInApp, heldUntilMs }) => ({
    user_id: userId,
    ordinal,
    in_app: isInApp,
    held_until: heldUntilMs,
  }))
  const given = session.dialect.given('$1', {
    user_id: 'text',
    ordinal: 'integer',
    in_app: 'boolean',
    held_until: 'integer',
  })
  await session.all(
    `INSERT INTO coterie_recipients
        (user_id, sequence, ordinal, status, in_app, held_until, type, priority, expires_at)
      SELECT user_id, CAST($2 AS BIGINT), ordinal, 'pending', in_app, held_until,
        CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT)
      FROM ${given}`,
    [JSON.stringify(rows), sequence, type, priority, expiresAtMs],
  )
  return sizes
}
