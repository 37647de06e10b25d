import type { NotificationId, UserId } from '@coterie/protocol'
import type {
  InboxEntry,
  NotificationQuery,
  RecipientState,
  StoredNotification,
} from '../../ports/notification-repository.ts'
import { Bindings } from './bindings.ts'
import type { Dialect } from './dialect.ts'
import {
  contentOf,
  IS_OPEN,
  NOTIFICATION_COLUMNS,
  type NotificationRow,
  notExpired,
  RECIPIENT_COLUMNS,
  type RecipientRow,
  recipientOf,
  UNREAD_INDEX,
} from './notification-row.ts'
import { readOverview } from './recipient-overview.ts'
import type { SqlDatabase, SqlSession } from './sql-database.ts'

/** The largest value of the column. */
const MAX_ORDINAL = 2_147_483_647
const STATUS_INDEX = 'coterie_recipients_by_status'

/** Finds and lists notifications. */
export class NotificationReader {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async find(
    id: NotificationId,
    nowMs: number,
    userId?: UserId,
  ): Promise<StoredNotification | undefined> {
    if (userId !== undefined) {
      const [found] = await this.#own(
        `SELECT * FROM coterie_recipients WHERE user_id = $2
          AND sequence = (SELECT sequence FROM coterie_notifications WHERE id = $1)`,
        [id, userId],
        nowMs,
      )
      return found
    }
    const [found] = await this.#withAll(
      nowMs,
      `SELECT ${NOTIFICATION_COLUMNS} FROM coterie_notifications n WHERE n.id = $1`,
      [id],
    )
    return found
  }

  async overview(
    id: NotificationId,
    listed: number,
    nowMs: number,
  ): Promise<StoredNotification | undefined> {
    const [found] = await this.#withAll(
      nowMs,
      `SELECT ${NOTIFICATION_COLUMNS} FROM coterie_notifications n WHERE n.id = $1`,
      [id],
      listed,
    )
    return found
  }

  recipients(
    id: NotificationId,
    skip: number,
    limit: number,
    nowMs: number,
  ): Promise<readonly RecipientState[] | undefined> {
    return this.#database.snapshot(async (session) => {
      const [known] = await session.all<{ sequence: number }>(
        'SELECT sequence FROM coterie_notifications WHERE id = $1',
        [id],
      )
      if (!known) return undefined
      const rows = await session.all<RecipientRow>(
        `SELECT ${RECIPIENT_COLUMNS} FROM coterie_recipients r
          ${session.dialect.by('coterie_recipients_by_notification')}
          WHERE r.sequence = $1 AND r.ordinal >= $2 ORDER BY r.ordinal LIMIT $3`,
        [known.sequence, skip, limit],
      )
      return rows.map((row) => recipientOf(row, nowMs))
    })
  }

  list(query: NotificationQuery, nowMs: number): Promise<readonly StoredNotification[]> {
    const { sql, values } = selectPage(query, nowMs, this.#database.dialect)
    if (query.recipients === 'own') return this.#own(sql, values, nowMs, 'DESC')
    return this.#withAll(
      nowMs,
      `SELECT ${RECIPIENT_COLUMNS}, ${NOTIFICATION_COLUMNS} FROM (${sql}) r
        JOIN coterie_notifications n ON n.sequence = r.sequence ORDER BY n.sequence DESC`,
      values,
      query.listed,
    )
  }

  pending(
    userId: UserId,
    after: number,
    limit: number,
    nowMs: number,
  ): Promise<readonly StoredNotification[]> {
    return this.#own(
      `SELECT * FROM coterie_recipients ${this.#database.dialect.by(STATUS_INDEX)}
        WHERE user_id = $1 AND status = 'pending'
        AND sequence > $2 AND in_app AND ${notExpired('$3')}
        AND (held_until IS NULL OR held_until <= $3) ORDER BY sequence LIMIT $4`,
      [userId, after, nowMs, limit],
      nowMs,
    )
  }

  named(
    userId: UserId,
    ids: readonly NotificationId[],
    nowMs: number,
  ): Promise<readonly StoredNotification[]> {
    const { dialect } = this.#database
    const named = dialect.among(`SELECT sequence FROM coterie_notifications
      WHERE id ${dialect.among(`SELECT value FROM ${dialect.elements('$2')}`)}`)
    return this.#own(
      `SELECT * FROM coterie_recipients WHERE user_id = $1 AND sequence ${named}`,
      [userId, JSON.stringify(ids)],
      nowMs,
    )
  }

  async states(
    entries: readonly InboxEntry[],
    nowMs: number,
  ): Promise<readonly (RecipientState & InboxEntry)[]> {
    const given = this.#database.dialect.given('$1', { user_id: 'text', id: 'text' })
    const rows = await this.#database.all<RecipientRow & { id: NotificationId }>(
      `SELECT given.id, ${RECIPIENT_COLUMNS} FROM ${given}
        JOIN coterie_notifications n ON n.id = given.id
        JOIN coterie_recipients r ON r.user_id = given.user_id AND r.sequence = n.sequence`,
      [JSON.stringify(entries.map(({ userId, id }) => ({ user_id: userId, id })))],
    )
    return rows.map((row) => ({ ...recipientOf(row, nowMs), id: row.id }))
  }

  unannounced(
    beforeMs: number,
    limit: number,
    listed?: number,
  ): Promise<readonly StoredNotification[]> {
    return this.#withAll(
      beforeMs,
      `SELECT ${NOTIFICATION_COLUMNS} FROM coterie_notifications n
        WHERE NOT n.is_announced AND n.created_at < $1 ORDER BY n.sequence LIMIT $2`,
      [beforeMs, limit],
      listed,
    )
  }

  /** Reads the notifications of one user's rows, by one statement. */
  async #own(
    recipients: string,
    values: readonly (string | number)[],
    nowMs: number,
    order: 'ASC' | 'DESC' = 'ASC',
  ): Promise<StoredNotification[]> {
    const rows = await this.#database.all<NotificationRow & RecipientRow>(
      `SELECT ${NOTIFICATION_COLUMNS}, ${RECIPIENT_COLUMNS} FROM (${recipients}) r
        JOIN coterie_notifications n ON n.sequence = r.sequence ORDER BY r.sequence ${order}`,
      values,
    )
    return rows.map((row) => ({
      ...contentOf(row),
      sequence: row.sequence,
      recipients: [recipientOf(row, nowMs)],
    }))
  }

  #withAll(
    nowMs: number,
    sql: string,
    values: readonly (string | number)[],
    listed?: number,
  ): Promise<StoredNotification[]> {
    return this.#database.snapshot(async (session) => {
      const rows = await session.all<NotificationRow & Partial<RecipientRow>>(sql, values)
      const recipients = await readRecipients(session, rows, listed)
      const found: StoredNotification[] = []
      for (const row of rows) {
        const known = recipients.get(row.sequence) ?? []
        const first = known.slice(0, listed).map((recipient) => recipientOf(recipient, nowMs))
        const stored = { ...contentOf(row), sequence: row.sequence, recipients: first }
        const isWhole = listed === undefined || listed === 0 || known.length <= listed
        found.push(isWhole ? stored : await this.#overview(session, stored, row, listed, nowMs))
      }
      return found
    })
  }

  async #overview(
    session: SqlSession,
    stored: StoredNotification,
    row: NotificationRow & Partial<RecipientRow>,
    listed: number,
    nowMs: number,
  ): Promise<StoredNotification> {
    const overview = await readOverview(session, row, listed, nowMs)
    const { user_id: userId } = row
    const { recipients } = stored
    if (userId === undefined || recipients.some((one) => one.userId === userId)) {
      return { ...stored, overview }
    }
    // The user whose list this is always appears in it, at whatever position.
    const own = recipientOf(row as RecipientRow, nowMs)
    const isMissing = own.status === 'read' && !overview.readBy.includes(userId)
    return {
      ...stored,
      recipients: [...recipients, own],
      overview: isMissing ? { ...overview, readBy: [...overview.readBy, userId] } : overview,
    }
  }
}

/** Reads recipients of notifications; with `listed`, one more to detect further ones. */
async function readRecipients(
  session: SqlSession,
  notifications: readonly NotificationRow[],
  listed: number | undefined,
): Promise<Map<number, RecipientRow[]>> {
  if (listed === 0 || notifications.length === 0) return new Map()
  const { dialect } = session
  const chosen = dialect.among(`SELECT CAST(value AS BIGINT) FROM ${dialect.elements('$1')}`)
  const rows = await session.all<RecipientRow>(
    `SELECT ${RECIPIENT_COLUMNS} FROM coterie_recipients r
      ${dialect.by('coterie_recipients_by_notification')}
      WHERE r.sequence ${chosen} AND r.ordinal <= $2 ORDER BY r.sequence, r.ordinal`,
    [JSON.stringify(notifications.map(({ sequence }) => sequence)), listed ?? MAX_ORDINAL],
  )
  return Map.groupBy(rows, ({ sequence }) => sequence)
}

// The page is selected before the join, so that skipped rows are not joined.
function selectPage(
  { userId, status, isUnread, type, priority, limit, offset, before }: NotificationQuery,
  nowMs: number,
  dialect: Dialect,
) {
  const bindings = new Bindings()
  const conditions = [`user_id = ${bindings.add(userId)}`, 'in_app']
  if (status !== undefined) conditions.push(statusIs(status, bindings, nowMs))
  if (isUnread !== undefined) {
    const unread = `(${IS_OPEN} AND ${notExpired(bindings.add(nowMs))})`
    conditions.push(isUnread ? unread : `NOT ${unread}`)
  }
  if (type !== undefined) conditions.push(`type = ${bindings.add(type)}`)
  if (priority !== undefined) conditions.push(`priority = ${bindings.add(priority)}`)
  if (before !== undefined) conditions.push(`sequence < ${bindings.add(before)}`)
  const skipped = offset ? ` OFFSET ${bindings.add(offset)}` : ''
  const index = isUnread ? UNREAD_INDEX : status && status !== 'expired' ? STATUS_INDEX : undefined
  const by = index === undefined ? '' : dialect.by(index)
  const sql = `SELECT * FROM coterie_recipients ${by} WHERE ${conditions.join(' AND ')}
    ORDER BY sequence DESC LIMIT ${bindings.add(limit)}${skipped}`
  return { sql, values: bindings.values as (string | number)[] }
}

function statusIs(status: string, bindings: Bindings, nowMs: number): string {
  if (status === 'expired') {
    const now = bindings.add(nowMs)
    return `(status = 'expired' OR (${IS_OPEN} AND expires_at <= ${now}))`
  }
  const is = `status = ${bindings.add(status)}`
  const isOpen = status === 'pending' || status === 'delivered'
  return isOpen ? `${is} AND ${notExpired(bindings.add(nowMs))}` : is
}
