import type { UserId } from '@coterie/protocol'
import { inBatches } from './in-batches.ts'
import type { SqlSession } from './sql-database.ts'

/** By how many the unread of a user become more. */
interface UnreadChange {
  readonly user_id: UserId
  readonly change: number
}

/**
 * How many each user has not read, by what has been written so far.
 *
 * A user's row is also what a transaction holds while it changes what the user
 * has: taken first, and of several users in order, so that none wait for each other.
 */
export const inboxes = {
  /** Adds to the counts of users, who may be new; their rows are held from now on. */
  async add(session: SqlSession, changes: readonly UnreadChange[]): Promise<void> {
    const { dialect } = session
    await session.all(
      `INSERT INTO coterie_inboxes (user_id, unread_count)
        SELECT user_id, change FROM ${dialect.given('$1', { user_id: 'text', change: 'integer' })}
        WHERE TRUE ORDER BY given_order
        ON CONFLICT (user_id) DO UPDATE
          SET unread_count = coterie_inboxes.unread_count + excluded.unread_count`,
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

  /** Takes one off for each row that was counted. */
  async subtract(
    session: SqlSession,
    rows: readonly { readonly user_id: UserId; readonly in_app: boolean | number }[],
  ): Promise<void> {
    const changes = new Map<UserId, number>()
    for (const { user_id, in_app } of rows) {
      if (in_app) changes.set(user_id, (changes.get(user_id) ?? 0) - 1)
    }
    const sorted = [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1))
    await inBatches(session, sorted, (batch) =>
      inboxes.add(
        session,
        batch.map(([user_id, change]) => ({ user_id, change })),
      ),
    )
  },
}
