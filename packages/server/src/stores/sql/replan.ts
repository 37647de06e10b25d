import type { UserId } from '@coterie/protocol'
import type { Planner, Replanned, ReplanQuery } from '../../ports/notification-repository.ts'
import { addDeliveries } from './add-deliveries.ts'
import { inboxes } from './inboxes.ts'
import {
  contentOf,
  NOTIFICATION_COLUMNS,
  type NotificationRow,
  RECIPIENT_COLUMNS,
  type RecipientRow,
  recipientOf,
} from './notification-row.ts'
import { type ChangedRecipient, type PlannedRow, planChanges } from './replanned-rows.ts'
import type { SqlDatabase, SqlSession } from './sql-database.ts'

const WAITING_OF_USER = 'coterie_deliveries_waiting_of_user'
const HELD_OF_USER = 'coterie_recipients_held_of_user'

/** Plans a part of a user's waiting notifications again. */
export function replan(
  database: SqlDatabase,
  userId: UserId,
  plan: Planner,
  query: ReplanQuery,
): Promise<Replanned> {
  return database.transaction(async (session) => {
    await inboxes.hold(session, [userId])
    const sequences = await findWaiting(session, userId, query)
    if (sequences.length === 0) return { count: 0, next: undefined }
    const recipients = await readRecipients(session, userId, sequences)
    const deliveries = await readDeliveries(session, userId, sequences)
    const context = { nowMs: query.nowMs, claimed: new Set(query.claimed) }
    const all = recipients.map((row) => {
      const own = deliveries.get(row.sequence) ?? []
      const waiting = own.filter(({ status }) => status === 'waiting').map(({ route }) => route)
      const wanted = plan(contentOf(row), recipientOf(row, query.nowMs), waiting)
      return planChanges(row, own, wanted, context)
    })
    await changeDeliveries(
      session,
      all.flatMap(({ changed }) => changed),
    )
    const added = all.flatMap(({ added }) => added).map((delivery) => ({ ...delivery, userId }))
    await addDeliveries(session, query.nowMs, added)
    await changeRecipients(
      session,
      userId,
      recipients,
      all.flatMap(({ recipient }) => recipient ?? []),
    )
    const isWhole = query.id !== undefined || sequences.length < query.limit
    return { count: sequences.length, next: isWhole ? undefined : sequences.at(-1) }
  })
}

async function findWaiting(
  session: SqlSession,
  userId: UserId,
  { id, after = 0, limit }: ReplanQuery,
): Promise<readonly number[]> {
  const { dialect } = session
  const rows =
    id === undefined
      ? await session.all<{ sequence: number }>(
          `SELECT sequence FROM (
            SELECT sequence FROM (SELECT DISTINCT sequence
              FROM coterie_deliveries ${dialect.by(WAITING_OF_USER)}
              WHERE user_id = $1 AND status = 'waiting' AND sequence > $2
              ORDER BY sequence LIMIT $3) AS waiting
            UNION SELECT sequence FROM (SELECT sequence
              FROM coterie_recipients ${dialect.by(HELD_OF_USER)}
              WHERE user_id = $1 AND status = 'pending' AND in_app AND held_until IS NOT NULL
                AND sequence > $2 ORDER BY sequence LIMIT $3) AS held
          ) AS both_kinds ORDER BY sequence LIMIT $3`,
          [userId, after, limit],
        )
      : await session.all<{ sequence: number }>(
          'SELECT sequence FROM coterie_notifications WHERE id = $1',
          [id],
        )
  return rows.map(({ sequence }) => sequence)
}

function readRecipients(session: SqlSession, userId: UserId, sequences: readonly number[]) {
  return session.all<NotificationRow & RecipientRow>(
    `SELECT ${NOTIFICATION_COLUMNS}, ${RECIPIENT_COLUMNS} FROM coterie_recipients r
      JOIN coterie_notifications n ON n.sequence = r.sequence
      WHERE r.user_id = $1 AND r.sequence ${chosen(session)} ORDER BY r.sequence`,
    [userId, JSON.stringify(sequences)],
  )
}

async function readDeliveries(session: SqlSession, userId: UserId, sequences: readonly number[]) {
  const { dialect } = session
  const rows = await session.all<PlannedRow>(
    `SELECT id, sequence, route, target, status, due_at, next_at, retry_at, last_error
      FROM coterie_deliveries ${dialect.by('coterie_deliveries_of_recipient')}
      WHERE user_id = $1 AND sequence ${chosen(session)} ORDER BY id ${dialect.forUpdate}`,
    [userId, JSON.stringify(sequences)],
  )
  return Map.groupBy(rows, ({ sequence }) => sequence)
}

async function changeDeliveries(session: SqlSession, rows: readonly PlannedRow[]): Promise<void> {
  if (rows.length === 0) return
  const given = session.dialect.given('$1', {
    id: 'integer',
    target: 'text',
    status: 'text',
    due_at: 'integer',
    next_at: 'integer',
    last_error: 'text',
  })
  await session.all(
    `UPDATE coterie_deliveries SET target = given.target, status = given.status,
        due_at = given.due_at, next_at = given.next_at, last_error = given.last_error
      FROM ${given} WHERE coterie_deliveries.id = given.id`,
    [JSON.stringify(rows)],
  )
}

async function changeRecipients(
  session: SqlSession,
  userId: UserId,
  before: readonly RecipientRow[],
  changed: readonly ChangedRecipient[],
): Promise<void> {
  if (changed.length === 0) return
  const were = new Map(before.map(({ sequence, in_app }) => [sequence, Boolean(in_app)]))
  const added = changed.filter(({ sequence }) => were.get(sequence) === false)
  const given = session.dialect.given('$2', {
    sequence: 'integer',
    in_app: 'boolean',
    held_until: 'integer',
  })
  await session.all(
    `UPDATE coterie_recipients SET in_app = given.in_app, held_until = given.held_until
      FROM ${given}
      WHERE coterie_recipients.user_id = $1 AND coterie_recipients.sequence = given.sequence`,
    [userId, JSON.stringify(changed)],
  )
  await inboxes.add(session, [{ user_id: userId, unread: added.length, total: added.length }])
}

function chosen({ dialect }: SqlSession): string {
  return dialect.among(`SELECT CAST(value AS BIGINT) FROM ${dialect.elements('$2')}`)
}
