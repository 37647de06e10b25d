import type { NotificationId, Result, UserId } from '@coterie/protocol'
import type {
  CreatedNotification,
  NewNotification,
  NotificationQuery,
  NotificationRepository,
  ReadUpTo,
} from '../../ports/notification-repository.ts'
import { createNotification } from './create-notification.ts'
import { DueRecipients } from './due-recipients.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'
import { NotificationReader } from './notification-reader.ts'
import { deleteNotifications } from './notification-retention.ts'
import { IS_OPEN } from './notification-row.ts'
import { RecipientChanges } from './recipient-changes.ts'
import { replan } from './replan.ts'
import type { SqlDatabase } from './sql-database.ts'

/** Notifications in the tables of a database. */
export class SqlNotifications implements NotificationRepository {
  readonly #database: SqlDatabase
  readonly #keys: IdempotencyKeys
  readonly #reader: NotificationReader
  readonly #changes: RecipientChanges
  readonly #due: DueRecipients

  constructor(database: SqlDatabase, keys: IdempotencyKeys) {
    this.#database = database
    this.#keys = keys
    this.#reader = new NotificationReader(database)
    this.#changes = new RecipientChanges(database)
    this.#due = new DueRecipients(database)
  }

  create(notification: NewNotification): Promise<Result<CreatedNotification>> {
    return this.#database.transaction((session) =>
      createNotification(session, this.#keys, notification),
    )
  }

  find(...args: Parameters<NotificationRepository['find']>) {
    return this.#reader.find(...args)
  }

  overview(...args: Parameters<NotificationRepository['overview']>) {
    return this.#reader.overview(...args)
  }

  recipients(...args: Parameters<NotificationRepository['recipients']>) {
    return this.#reader.recipients(...args)
  }

  list(query: NotificationQuery, nowMs: number) {
    return this.#reader.list(query, nowMs)
  }

  async unreadCount(userId: UserId, nowMs: number): Promise<number> {
    // Expired notifications are counted until they are marked as expired.
    const [row] = await this.#database.all<{ count: number }>(
      `SELECT unread_count - (SELECT COUNT(*) FROM coterie_recipients
          WHERE user_id = $1 AND ${IS_OPEN} AND in_app AND expires_at <= $2) AS count
        FROM coterie_inboxes WHERE user_id = $1`,
      [userId, nowMs],
    )
    return row?.count ?? 0
  }

  pending(...args: Parameters<NotificationRepository['pending']>) {
    return this.#reader.pending(...args)
  }

  named(...args: Parameters<NotificationRepository['named']>) {
    return this.#reader.named(...args)
  }

  markDelivered(...args: Parameters<NotificationRepository['markDelivered']>) {
    return this.#changes.markDelivered(...args)
  }

  markRead(...args: Parameters<NotificationRepository['markRead']>) {
    return this.#changes.markRead(...args)
  }

  markAllRead(userId: UserId, nowMs: number, upTo?: ReadUpTo) {
    if (upTo) return this.#changes.markReadUpTo(userId, nowMs, upTo)
    return this.#changes.markAllRead(userId, nowMs)
  }

  markFailed(userId: UserId, id: NotificationId) {
    return this.#changes.markFailed(userId, id)
  }

  cancel(id: NotificationId, nowMs: number) {
    return this.#changes.cancel(id, nowMs)
  }

  expireDue(nowMs: number, limit: number) {
    return this.#due.expireDue(nowMs, limit)
  }

  releaseHeld(nowMs: number, limit: number) {
    return this.#due.releaseHeld(nowMs, limit)
  }

  replan(...[userId, plan, query]: Parameters<NotificationRepository['replan']>) {
    return replan(this.#database, userId, plan, query)
  }

  states(...args: Parameters<NotificationRepository['states']>) {
    return this.#reader.states(...args)
  }

  nextDueMs() {
    return this.#due.nextDueMs()
  }

  async markAnnounced(ids: readonly NotificationId[]): Promise<void> {
    if (ids.length === 0) return
    const { dialect } = this.#database
    await this.#database.all(
      `UPDATE coterie_notifications SET is_announced = TRUE
        WHERE NOT is_announced AND id ${dialect.among(`SELECT value FROM ${dialect.elements('$1')}`)}`,
      [JSON.stringify(ids)],
    )
  }

  unannounced(...args: Parameters<NotificationRepository['unannounced']>) {
    return this.#reader.unannounced(...args)
  }

  deleteCreatedBefore(beforeMs: number, limit: number) {
    return deleteNotifications(this.#database, beforeMs, limit)
  }
}
