import type { InboxEntry } from '../../ports/notification-repository.ts'
import { inboxes } from './inboxes.ts'
import { IS_OPEN, notExpired } from './notification-row.ts'
import type { SqlDatabase, SqlSession } from './sql-database.ts'

/** The condition of held notifications, as its index has it. */
const IS_HELD = `status = 'pending' AND in_app AND held_until IS NOT NULL`

interface Place {
  readonly user_id: InboxEntry['userId']
  readonly sequence: number
}

interface ChangedRow extends Place {
  readonly in_app: boolean | number
  readonly id: InboxEntry['id']
}

/** Applies what is due: expires notifications, and releases held ones. */
export class DueRecipients {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  expireDue(nowMs: number, limit: number): Promise<readonly InboxEntry[]> {
    return this.#database.transaction(async (session) => {
      const where = `${IS_OPEN} AND expires_at <= $1`
      const due = await findDue(session, where, 'expires_at', nowMs, limit)
      const rows = await change(session, due, `status = 'expired'`, where, nowMs)
      await inboxes.subtract(session, rows)
      return entriesOf(due, rows)
    })
  }

  releaseHeld(nowMs: number, limit: number): Promise<readonly InboxEntry[]> {
    return this.#database.transaction(async (session) => {
      // An expired notification is not released.
      const where = `${IS_HELD} AND held_until <= $1 AND ${notExpired('$1')}`
      const due = await findDue(session, where, 'held_until', nowMs, limit)
      return entriesOf(due, await change(session, due, 'held_until = NULL', where, nowMs))
    })
  }

  async nextDueMs(): Promise<number | undefined> {
    const [row] = await this.#database.all<{ due: number | null }>(
      `SELECT MIN(due) AS due FROM (
        SELECT MIN(expires_at) AS due FROM coterie_recipients
          WHERE ${IS_OPEN} AND expires_at IS NOT NULL
        UNION ALL
        SELECT MIN(held_until) AS due FROM coterie_recipients WHERE ${IS_HELD}
      ) AS both_dues`,
    )
    return row?.due ?? undefined
  }
}

function findDue(
  session: SqlSession,
  where: string,
  time: string,
  nowMs: number,
  limit: number,
): Promise<Place[]> {
  return session.all<Place>(
    `SELECT user_id, sequence FROM coterie_recipients WHERE ${where}
      ORDER BY ${time}, sequence, user_id LIMIT $2`,
    [nowMs, limit],
  )
}

async function change(
  session: SqlSession,
  due: readonly Place[],
  set: string,
  where: string,
  nowMs: number,
): Promise<readonly ChangedRow[]> {
  if (due.length === 0) return []
  await inboxes.hold(session, [...new Set(due.map(({ user_id }) => user_id))])
  const given = session.dialect.given('$2', { user_id: 'text', sequence: 'integer' })
  return session.all<ChangedRow>(
    `UPDATE coterie_recipients SET ${set}
      WHERE (user_id, sequence) IN (SELECT user_id, sequence FROM ${given}) AND ${where}
      RETURNING user_id, sequence, in_app, (SELECT n.id FROM coterie_notifications n
        WHERE n.sequence = coterie_recipients.sequence) AS id`,
    [nowMs, JSON.stringify(due)],
  )
}

// The order of changed rows is undefined; due ones are sorted by time.
function entriesOf(due: readonly Place[], rows: readonly ChangedRow[]): InboxEntry[] {
  const key = ({ user_id, sequence }: Place): string => `${sequence} ${user_id}`
  const changed = new Map(rows.filter(({ in_app }) => in_app).map((row) => [key(row), row.id]))
  return due.flatMap((place) => {
    const id = changed.get(key(place))
    return id === undefined ? [] : [{ userId: place.user_id, id }]
  })
}
