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
import type { SqlDatabase, SqlSession } from './sql-database.ts'

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

  list(query: NotificationQuery, nowMs: number): Promise<readonly StoredNotification[]> {
    const { sql, values } = selectPage(query, nowMs, this.#database.dialect)
    if (query.recipients === 'own') return this.#own(sql, values, nowMs, 'DESC')
    return this.#withAll(
      nowMs,
      `SELECT ${NOTIFICATION_COLUMNS} FROM (${sql}) r
        JOIN coterie_notifications n ON n.sequence = r.sequence ORDER BY n.sequence DESC`,
      values,
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

  unannounced(beforeMs: number, limit: number): Promise<readonly StoredNotification[]> {
    return this.#withAll(
      beforeMs,
      `SELECT ${NOTIFICATION_COLUMNS} FROM coterie_notifications n
        WHERE NOT n.is_announced AND n.created_at < $1 ORDER BY n.sequence LIMIT $2`,
      [beforeMs, limit],
    )
  }

  /** Reads the notifications of rows of one user each, by one statement. */
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
  ): Promise<StoredNotification[]> {
    return this.#database.snapshot(async (session) => {
      const rows = await session.all<NotificationRow>(sql, values)
      const recipients = await allRecipients(session, rows)
      return rows.map((row) => ({
        ...contentOf(row),
        sequence: row.sequence,
        recipients: (recipients.get(row.sequence) ?? []).map((recipient) =>
          recipientOf(recipient, nowMs),
        ),
      }))
    })
  }
}

async function allRecipients(
  session: SqlSession,
  notifications: readonly NotificationRow[],
): Promise<Map<number, RecipientRow[]>> {
  const recipients = new Map(notifications.map(({ sequence }) => [sequence, [] as RecipientRow[]]))
  const { dialect } = session
  const listed = dialect.among(`SELECT CAST(value AS BIGINT) FROM ${dialect.elements('$1')}`)
  const rows = await session.all<RecipientRow>(
    `SELECT ${RECIPIENT_COLUMNS} FROM coterie_recipients r
      WHERE r.sequence ${listed} ORDER BY r.sequence, r.ordinal`,
    [JSON.stringify([...recipients.keys()])],
  )
  for (const row of rows) recipients.get(row.sequence)?.push(row)
  return recipients
}

// The page is found before anything is joined to it: what an offset skips is not joined.
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
