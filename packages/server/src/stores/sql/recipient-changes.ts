import type { NotificationId, UserId } from '@coterie/protocol'
import type { MarkedAllRead, ReadUpTo } from '../../ports/notification-repository.ts'
import { inBatches, untilDone } from './in-batches.ts'
import { inboxes } from './inboxes.ts'
import { IS_OPEN, notExpired, UNREAD_INDEX } from './notification-row.ts'
import type { SqlDatabase, SqlSession } from './sql-database.ts'

const MAX_NAMED_READ = 1_000

/** The id of the notification of a changed row. */
const ID = `(SELECT n.id FROM coterie_notifications n
  WHERE n.sequence = coterie_recipients.sequence) AS id`

interface ChangedRow {
  readonly user_id: UserId
  readonly in_app: boolean | number
  readonly id: NotificationId
}

/** The condition of states that can become delivered, also after a failure. */
const CAN_ARRIVE = `(status = 'pending' OR (status = 'failed' AND NOT in_app))`

/** Changes the state of notifications for their recipients. */
export class RecipientChanges {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  markDelivered(
    userId: UserId,
    ids: readonly NotificationId[],
    nowMs: number,
  ): Promise<readonly NotificationId[]> {
    return this.#database.transaction(async (session) => {
      const set = `status = 'delivered', delivered_at = $3`
      const rows = await markEach(session, userId, ids, nowMs, set, CAN_ARRIVE)
      return inOrder(ids, rows)
    })
  }

  markRead(
    userId: UserId,
    ids: readonly NotificationId[],
    nowMs: number,
  ): Promise<readonly NotificationId[]> {
    return this.#database.transaction(async (session) => {
      const set = `status = 'read', read_at = $3, delivered_at = COALESCE(delivered_at, $3)`
      const rows = await markEach(session, userId, ids, nowMs, set, IS_OPEN)
      await inboxes.subtract(session, rows)
      return inOrder(ids, rows)
    })
  }

  markAllRead(userId: UserId, nowMs: number): Promise<MarkedAllRead> {
    return this.#database.transaction(async (session) => {
      await inboxes.hold(session, [userId])
      const { dialect } = session
      const unread = `SELECT sequence FROM coterie_recipients ${dialect.by(UNREAD_INDEX)}
        WHERE user_id = $1 AND ${IS_OPEN} AND in_app AND ${notExpired('$2')}
        ORDER BY sequence DESC LIMIT $3`
      // Only the newest ids are returned: returning all would cost more than marking them.
      const newest = await session.all<{ id: NotificationId }>(
        `SELECT n.id FROM (${unread}) r
          JOIN coterie_notifications n ON n.sequence = r.sequence ORDER BY n.sequence DESC`,
        [userId, nowMs, MAX_NAMED_READ],
      )
      const rows = await untilDone(session, (limit) =>
        session.all<Omit<ChangedRow, 'id'>>(
          `UPDATE coterie_recipients
            SET status = 'read', read_at = $2, delivered_at = COALESCE(delivered_at, $2)
            WHERE user_id = $1 AND sequence ${dialect.among(unread)} RETURNING user_id, in_app`,
          [userId, nowMs, limit],
        ),
      )
      await inboxes.subtract(session, rows)
      return { count: rows.length, ids: newest.map(({ id }) => id) }
    })
  }

  /** Marks as read up to a position or time; later notifications stay unchanged. */
  markReadUpTo(userId: UserId, nowMs: number, upTo: ReadUpTo): Promise<MarkedAllRead> {
    return this.#database.transaction(async (session) => {
      await inboxes.hold(session, [userId])
      const { dialect } = session
      const { sequence = 0, createdAtMs = -1 } = upTo
      const createdAt = `(SELECT n.created_at FROM coterie_notifications n
        WHERE n.sequence = coterie_recipients.sequence)`
      const isWithin = `(sequence <= $4 OR ${createdAt} <= $5)`
      const unread = `SELECT sequence FROM coterie_recipients ${dialect.by(UNREAD_INDEX)}
        WHERE user_id = $1 AND ${IS_OPEN} AND in_app AND ${notExpired('$2')} AND ${isWithin}
        ORDER BY sequence DESC LIMIT $3`
      const rows = await untilDone(session, (limit) =>
        session.all<ChangedRow & { readonly sequence: number }>(
          `UPDATE coterie_recipients
            SET status = 'read', read_at = $2, delivered_at = COALESCE(delivered_at, $2)
            WHERE user_id = $1 AND sequence ${dialect.among(unread)}
            RETURNING user_id, sequence, in_app, ${ID}`,
          [userId, nowMs, limit, sequence, createdAtMs],
        ),
      )
      await inboxes.subtract(session, rows)
      const newestFirst = rows.toSorted((a, b) => b.sequence - a.sequence)
      return { count: rows.length, ids: newestFirst.map(({ id }) => id) }
    })
  }

  markFailed(userId: UserId, id: NotificationId): Promise<boolean> {
    return this.#database.transaction(async (session) => {
      await inboxes.hold(session, [userId])
      const rows = await session.all<ChangedRow>(
        `UPDATE coterie_recipients SET status = 'failed'
          WHERE user_id = $1 AND status = 'pending'
            AND sequence = (SELECT sequence FROM coterie_notifications WHERE id = $2)
            AND NOT EXISTS (
              SELECT 1 FROM coterie_deliveries d
                WHERE d.sequence = coterie_recipients.sequence AND d.user_id = $1
                  AND d.status IN ('waiting', 'done')
            )
          RETURNING user_id, in_app`,
        [userId, id],
      )
      await inboxes.subtract(session, rows)
      return rows.length > 0
    })
  }

  cancel(id: NotificationId, nowMs: number): Promise<readonly UserId[] | undefined> {
    return this.#database.transaction(async (session) => {
      const [notification] = await session.all<{ sequence: number }>(
        'SELECT sequence FROM coterie_notifications WHERE id = $1',
        [id],
      )
      if (!notification) return undefined
      const { sequence } = notification
      const rows = await cancelOpen(session, sequence, nowMs)
      await session.all(
        `UPDATE coterie_deliveries SET status = 'canceled'
          WHERE sequence = $1 AND status = 'waiting'`,
        [sequence],
      )
      return rows.filter(({ in_app }) => in_app).map(({ user_id }) => user_id)
    })
  }
}

async function cancelOpen(
  session: SqlSession,
  sequence: number,
  nowMs: number,
): Promise<readonly Omit<ChangedRow, 'id'>[]> {
  const open = await session.all<{ user_id: UserId; ordinal: number }>(
    `SELECT user_id, ordinal FROM coterie_recipients
      WHERE sequence = $1 AND ${IS_OPEN} AND ${notExpired('$2')} ORDER BY ordinal`,
    [sequence, nowMs],
  )
  await inboxes.hold(
    session,
    open.map(({ user_id }) => user_id),
  )
  const canceled: Omit<ChangedRow, 'id'>[] = []
  await inBatches(session, open, async (batch) => {
    const rows = await session.all<Omit<ChangedRow, 'id'>>(
      `UPDATE coterie_recipients SET status = 'canceled'
        WHERE sequence = $1 AND ordinal BETWEEN $3 AND $4 AND ${IS_OPEN} AND ${notExpired('$2')}
        RETURNING user_id, in_app`,
      [sequence, nowMs, batch[0]?.ordinal ?? 0, batch.at(-1)?.ordinal ?? 0],
    )
    await inboxes.subtract(session, rows)
    canceled.push(...rows)
  })
  return canceled
}

async function markEach(
  session: SqlSession,
  userId: UserId,
  ids: readonly NotificationId[],
  nowMs: number,
  set: string,
  where: string,
): Promise<readonly ChangedRow[]> {
  if (ids.length === 0) return []
  await inboxes.hold(session, [userId])
  const { dialect } = session
  const named = dialect.among(`SELECT sequence FROM coterie_notifications
    WHERE id ${dialect.among(`SELECT value FROM ${dialect.elements('$2')}`)}`)
  return session.all<ChangedRow>(
    `UPDATE coterie_recipients SET ${set}
      WHERE user_id = $1 AND ${where} AND ${notExpired('$3')}
        AND sequence ${named}
      RETURNING user_id, in_app, ${ID}`,
    [userId, JSON.stringify(ids), nowMs],
  )
}

function inOrder(
  ids: readonly NotificationId[],
  rows: readonly ChangedRow[],
): readonly NotificationId[] {
  const changed = new Set(rows.map(({ id }) => id))
  // Each once, even if it was named twice.
  return ids.filter((id) => changed.delete(id))
}
