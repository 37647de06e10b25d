import type { NotificationId, UserId } from '@coterie/protocol'
import type { InboxEntry } from '../../ports/notification-repository.ts'
import type { InboxSize } from './inboxes.ts'
import { inboxes } from './inboxes.ts'
import { UNREAD_INDEX } from './notification-row.ts'
import type { SqlSession } from './sql-database.ts'

/** Rows removed from one inbox at a time: with a lower limit it shrinks in steps. */
const MAX_REMOVED = 100
/** Inboxes after which the process does other work. */
const INBOXES_A_TURN = 50
const STATUS_INDEX = 'coterie_recipients_by_status'
/** The statuses of notifications that nobody waits for any longer. */
const SETTLED = ['read', 'expired', 'canceled'] as const

interface RemovedRow {
  readonly user_id: UserId
  readonly sequence: number
  readonly status: string
  readonly in_app: boolean | number
  readonly id: NotificationId
}

/**
 * Removes the notifications of inboxes beyond a limit: read and ended ones first,
 * then unread ones, the oldest first. Notifications without recipients are deleted.
 *
 * @param sizes of inboxes whose rows are locked
 * @returns the removed rows
 */
export async function trimInboxes(
  session: SqlSession,
  sizes: readonly InboxSize[],
  max: number,
): Promise<readonly InboxEntry[]> {
  const removed: RemovedRow[] = []
  let trimmed = 0
  for (const { user_id, total_count } of sizes) {
    const excess = Math.min(MAX_REMOVED, total_count - max)
    if (excess <= 0) continue
    trimmed += 1
    if (trimmed % INBOXES_A_TURN === 0) await session.pause()
    removed.push(...(await trim(session, user_id, excess)))
  }
  if (removed.length === 0) return []
  await inboxes.remove(session, removed)
  await forgetUnowned(session, [...new Set(removed.map(({ sequence }) => sequence))])
  return removed.map(({ user_id: userId, id }) => ({ userId, id }))
}

async function trim(session: SqlSession, userId: UserId, excess: number): Promise<RemovedRow[]> {
  const settled = await remove(session, userId, selectSettled(session), excess)
  if (settled.length === excess) return settled
  const open = await remove(session, userId, selectOpen(session), excess - settled.length)
  return [...settled, ...open]
}

async function remove(
  session: SqlSession,
  userId: UserId,
  selected: string,
  limit: number,
): Promise<RemovedRow[]> {
  const rows = await session.all<RemovedRow>(
    `DELETE FROM coterie_recipients
      WHERE user_id = $1 AND sequence ${session.dialect.among(selected)}
      RETURNING user_id, sequence, status, in_app, (SELECT n.id FROM coterie_notifications n
        WHERE n.sequence = coterie_recipients.sequence) AS id`,
    [userId, limit],
  )
  return rows.toSorted((a, b) => a.sequence - b.sequence)
}

// Each by the index over one status, so that no other rows of the user are read.
function selectSettled({ dialect }: SqlSession): string {
  const each = SETTLED.map(
    (status) => `SELECT * FROM (SELECT sequence FROM coterie_recipients ${dialect.by(STATUS_INDEX)}
      WHERE user_id = $1 AND status = '${status}' AND in_app ORDER BY sequence LIMIT $2) AS ${status}`,
  )
  return `SELECT sequence FROM (${each.join(' UNION ALL ')}) AS settled ORDER BY sequence LIMIT $2`
}

function selectOpen({ dialect }: SqlSession): string {
  return `SELECT sequence FROM coterie_recipients ${dialect.by(UNREAD_INDEX)}
    WHERE user_id = $1 AND status IN ('pending', 'delivered') AND in_app
    ORDER BY sequence LIMIT $2`
}

// Notifications with waiting deliveries stay until those are settled.
async function forgetUnowned(session: SqlSession, sequences: readonly number[]): Promise<void> {
  const { dialect } = session
  const given = `SELECT CAST(value AS BIGINT) FROM ${dialect.elements('$1')}`
  const unowned = await session.all<{ sequence: number }>(
    `SELECT sequence FROM coterie_notifications n WHERE sequence ${dialect.among(given)}
      AND NOT EXISTS (SELECT 1 FROM coterie_recipients r WHERE r.sequence = n.sequence)
      AND NOT EXISTS (
        SELECT 1 FROM coterie_deliveries d WHERE d.sequence = n.sequence AND d.status = 'waiting'
      ) ${dialect.forUpdateSkipLocked}`,
    [JSON.stringify(sequences)],
  )
  if (unowned.length === 0) return
  const found = JSON.stringify(unowned.map(({ sequence }) => sequence))
  for (const table of ['coterie_deliveries', 'coterie_notifications']) {
    await session.all(`DELETE FROM ${table} WHERE sequence ${dialect.among(given)}`, [found])
  }
}
