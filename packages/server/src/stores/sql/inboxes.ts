import type { UserId } from '@coterie/protocol'
import { inBatches } from './in-batches.ts'
import { isOpen } from './notification-row.ts'
import type { SqlSession } from './sql-database.ts'

/** How much the counts of a user grow. */
interface InboxChange {
  readonly user_id: UserId
  /** Unread ones of these. */
  readonly unread: number
  /** All that are in app. */
  readonly total: number
}

/** How many notifications a user has in app. */
export interface InboxSize {
  readonly user_id: UserId
  readonly total_count: number
}

/** A recipient's row, as far as it was counted. */
interface CountedRow {
  readonly user_id: UserId
  readonly in_app: boolean | number
}

/**
 * The counts of each user's notifications, all and unread, as written so far.
 *
 * A transaction also locks the user's row here while it changes the user's
 * notifications: first, and in the order of users, so that none deadlock.
 */
export const inboxes = {
  /** Adds to the counts of users, creating missing rows, and locks the rows. */
  async add(session: SqlSession, changes: readonly InboxChange[]): Promise<readonly InboxSize[]> {
    const { dialect } = session
    const columns = { user_id: 'text', unread: 'integer', total: 'integer' } as const
    return session.all<InboxSize>(
      `INSERT INTO coterie_inboxes (user_id, unread_count, total_count)
        SELECT user_id, unread, total FROM ${dialect.given('$1', columns)}
        WHERE TRUE ORDER BY given_order
        ON CONFLICT (user_id) DO UPDATE
          SET unread_count = coterie_inboxes.unread_count + excluded.unread_count,
            total_count = coterie_inboxes.total_count + excluded.total_count
        RETURNING user_id, total_count`,
      [JSON.stringify(changes)],
    )
  },

  /** Locks the rows of users. */
  async hold(session: SqlSession, userIds: readonly UserId[]): Promise<void> {
    const { dialect } = session
    // A database with one transaction at a time needs no locks.
    if (!dialect.forUpdate || userIds.length === 0) return
    await session.all(
      `SELECT user_id FROM coterie_inboxes
        WHERE user_id IN (SELECT value FROM ${dialect.elements('$1')})
        ORDER BY user_id ${dialect.forUpdate}`,
      [JSON.stringify(userIds)],
    )
  },

  /** Subtracts each counted row from the unread count. */
  subtract(session: SqlSession, rows: readonly CountedRow[]): Promise<void> {
    return change(session, rows, () => ({ unread: -1, total: 0 }))
  },

  /** Subtracts each deleted row. */
  remove(
    session: SqlSession,
    rows: readonly (CountedRow & { readonly status: string })[],
  ): Promise<void> {
    return change(session, rows, ({ status }) => ({ unread: isOpen(status) ? -1 : 0, total: -1 }))
  },
}

async function change<Row extends CountedRow>(
  session: SqlSession,
  rows: readonly Row[],
  by: (row: Row) => Omit<InboxChange, 'user_id'>,
): Promise<void> {
  const changes = new Map<UserId, InboxChange>()
  for (const row of rows) {
    if (!row.in_app) continue
    const { user_id } = row
    const { unread, total } = by(row)
    const so = changes.get(user_id) ?? { user_id, unread: 0, total: 0 }
    changes.set(user_id, { user_id, unread: so.unread + unread, total: so.total + total })
  }
  const sorted = [...changes.values()].toSorted((a, b) => (a.user_id < b.user_id ? -1 : 1))
  await inBatches(session, sorted, async (batch) => {
    await inboxes.add(session, batch)
  })
}
