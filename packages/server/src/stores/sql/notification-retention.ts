import type { NotificationId, NotificationStatus, UserId } from '@coterie/protocol'
import type { InboxEntry, NotificationRepository } from '../../ports/notification-repository.ts'
import { untilDone } from './in-batches.ts'
import { inboxes } from './inboxes.ts'
import type { SqlDatabase, SqlSession } from './sql-database.ts'

type Deleted = Awaited<ReturnType<NotificationRepository['deleteCreatedBefore']>>

interface DeletedRow {
  readonly user_id: UserId
  readonly sequence: number
  readonly status: NotificationStatus
  readonly in_app: boolean | number
}

/** Deletes old notifications with their recipients and deliveries. */
export function deleteNotifications(
  database: SqlDatabase,
  beforeMs: number,
  limit: number,
): Promise<Deleted> {
  return database.transaction(async (session) => {
    const old = await session.all<{ sequence: number; id: NotificationId }>(
      `SELECT sequence, id FROM coterie_notifications WHERE created_at < $1
        ORDER BY created_at, sequence LIMIT $2 ${session.dialect.forUpdateSkipLocked}`,
      [beforeMs, limit],
    )
    if (old.length === 0) return { count: 0, entries: [] }
    const ids = new Map(old.map(({ sequence, id }) => [sequence, id]))
    const sequences = JSON.stringify([...ids.keys()])
    const rows = await deleteRecipients(session, sequences)
    for (const table of ['coterie_deliveries', 'coterie_notifications']) {
      await session.all(`DELETE FROM ${table} WHERE sequence ${chosen(session)}`, [sequences])
    }
    return { count: old.length, entries: entriesOf(rows, ids) }
  })
}

async function deleteRecipients(session: SqlSession, sequences: string): Promise<DeletedRow[]> {
  if (session.dialect.forUpdate) {
    const users = await session.all<{ user_id: UserId }>(
      `SELECT DISTINCT user_id FROM coterie_recipients WHERE sequence ${chosen(session)}`,
      [sequences],
    )
    await inboxes.hold(
      session,
      users.map(({ user_id }) => user_id),
    )
  }
  const rows = await untilDone(session, (limit) =>
    session.all<DeletedRow>(
      `DELETE FROM coterie_recipients WHERE (user_id, sequence) IN (
        SELECT user_id, sequence FROM coterie_recipients
          WHERE sequence ${chosen(session)} LIMIT $2
      ) RETURNING user_id, sequence, status, in_app`,
      [sequences, limit],
    ),
  )
  await inboxes.remove(session, rows)
  return rows
}

function chosen({ dialect }: SqlSession): string {
  return dialect.among(`SELECT CAST(value AS BIGINT) FROM ${dialect.elements('$1')}`)
}

// Expired and canceled notifications had left the inbox before.
function entriesOf(
  rows: readonly DeletedRow[],
  ids: ReadonlyMap<number, NotificationId>,
): InboxEntry[] {
  return rows.flatMap(({ user_id: userId, sequence, status, in_app }) => {
    const id = ids.get(sequence)
    const hadLeft = status === 'expired' || status === 'canceled'
    return in_app && id !== undefined && !hadLeft ? [{ userId, id }] : []
  })
}
