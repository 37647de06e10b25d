import { NOTIFICATION_STATUSES, type NotificationStatus, type UserId } from '@coterie/protocol'
import type { RecipientOverview } from '../../ports/notification-repository.ts'
import type { NotificationRow } from './notification-row.ts'
import type { SqlSession } from './sql-database.ts'

const STATE_INDEX = 'coterie_recipients_by_state'
const DELIVERED_INDEX = 'coterie_recipients_delivered'
const PLACE_INDEX = 'coterie_recipients_by_notification'

type OverviewRow = {
  readonly last_ordinal: number
  readonly delivered_at: number | null
} & { readonly [Status in NotificationStatus as `has_${Status}`]: boolean | number }

/**
 * Reads what all recipients of a notification have in common, from the ends of
 * indexes: the cost does not depend on the number of recipients.
 */
export async function readOverview(
  session: SqlSession,
  { sequence, expires_at: expiresAt }: NotificationRow,
  listed: number,
  nowMs: number,
): Promise<RecipientOverview> {
  const { dialect } = session
  const [row] = await session.all<OverviewRow>(
    `SELECT
      (SELECT MAX(ordinal) FROM coterie_recipients ${dialect.by(PLACE_INDEX)}
        WHERE sequence = $1) AS last_ordinal,
      (SELECT MIN(delivered_at) FROM coterie_recipients ${dialect.by(DELIVERED_INDEX)}
        WHERE sequence = $1 AND delivered_at IS NOT NULL) AS delivered_at,
      ${NOTIFICATION_STATUSES.map(
        (status) => `EXISTS (SELECT 1 FROM coterie_recipients ${dialect.by(STATE_INDEX)}
          WHERE sequence = $1 AND status = '${status}') AS has_${status}`,
      ).join(', ')}`,
    [sequence],
  )
  const readers = await session.all<{ user_id: UserId }>(
    `SELECT user_id FROM coterie_recipients ${dialect.by(STATE_INDEX)}
      WHERE sequence = $1 AND status = 'read' ORDER BY ordinal LIMIT $2`,
    [sequence, listed],
  )
  const isPast = expiresAt !== null && expiresAt <= nowMs
  const statuses = NOTIFICATION_STATUSES.filter((status) => row?.[`has_${status}`]).map((status) =>
    isPast && (status === 'pending' || status === 'delivered') ? 'expired' : status,
  )
  return {
    count: (row?.last_ordinal ?? -1) + 1,
    statuses: [...new Set(statuses)],
    deliveredAtMs: row?.delivered_at ?? null,
    readBy: readers.map(({ user_id }) => user_id),
  }
}
