import type { UserId } from '@coterie/protocol'
import { inBatches } from './in-batches.ts'
import { isOpen } from './notification-row.ts'
import type { SqlSession } from './sql-database.ts'

/** By how many the notifications of a user become more. */
interface InboxChange {
  readonly user_id: UserId
  /** Of those that are not read. */
  readonly unread: number
  /** Of all that are in app. */
  readonly total: number
}

/** How many notifications a user has in app. */
export interface InboxSize {
  readonly user_id: UserId
  readonly total_count: number
}

/** A row of a recipient, as far as it was counted. */
interface CountedRow {
  readonly user_id: UserId
  readonly in_app: boolean | number
}

/**
 * How many each user has, and has not read, by what has been written so far.
 *
 * A user's row is also what a transaction holds while it changes what the user
 * has: taken first, and of several users in order, so that none wait for each other.
 */
export const inboxes = {
  /** Adds to the counts of users, who may be new; their rows are held from now on. */
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

  /** Holds the rows of users. */
  async hold(session: SqlSession, userIds: readonly UserId[]): Promise<void> {
    const { dialect } = session
    // A database that runs one transaction at a time has nothing to hold.
    if (!dialect.forUpdate || userIds.length === 0) return
    await session.all(
      `SELECT user_id FROM coterie_inboxes
        WHERE user_id IN (SELECT value FROM ${dialect.elements('$1')})
        ORDER BY user_id ${dialect.forUpdate}`,
      [JSON.stringify(userIds)],
    )
  },

  /** Takes one off what is not read for each row that was counted. */
  subtract(session: SqlSession, rows: readonly CountedRow[]): Promise<void> {
    return change(session, rows, () => ({ unread: -1, total: 0 }))
  },

  /** Takes one off for each row that is deleted. */
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
