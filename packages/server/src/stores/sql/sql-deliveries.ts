import type {
  ClaimedDelivery,
  DeliveryOutcome,
  DeliveryQuery,
  DeliveryRepository,
  StoredDelivery,
} from '../../ports/delivery-repository.ts'
import { Bindings } from './bindings.ts'
import { contentOf, NOTIFICATION_COLUMNS, type NotificationRow } from './notification-row.ts'
import type { SqlDatabase } from './sql-database.ts'

interface DeliveryRow {
  readonly delivery_id: number
  readonly notification_id: StoredDelivery['notificationId']
  readonly user_id: StoredDelivery['userId']
  readonly route: StoredDelivery['route']
  readonly target: string
  readonly status: StoredDelivery['status']
  readonly attempts: number
  readonly due_at: number
  readonly delivery_created_at: number
  readonly last_error: string | null
}

const DELIVERY_COLUMNS = `d.id AS delivery_id, n.id AS notification_id, d.user_id, d.route, d.target,
  d.status, d.attempts, d.due_at, d.created_at AS delivery_created_at, d.last_error`

const FROM_DELIVERIES = `FROM coterie_deliveries d
  JOIN coterie_notifications n ON n.sequence = d.sequence`

const WAITING_INDEX = 'coterie_deliveries_waiting'

/** Deliveries in a table of a database. */
export class SqlDeliveries implements DeliveryRepository {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  claim(nowMs: number, leaseMs: number, limit: number): Promise<readonly ClaimedDelivery[]> {
    return this.#database.transaction(async (session) => {
      const { dialect } = session
      const claimed = await session.all<{ id: number }>(
        `WITH due AS MATERIALIZED (
          SELECT id FROM coterie_deliveries ${dialect.by(WAITING_INDEX)} WHERE status = 'waiting' AND next_at <= $1
            ORDER BY next_at, id LIMIT $3 ${dialect.forUpdateSkipLocked}
        )
        UPDATE coterie_deliveries SET next_at = $2
          WHERE id IN (SELECT id FROM due) RETURNING id`,
        [nowMs, nowMs + leaseMs, limit],
      )
      if (claimed.length === 0) return []
      const rows = await session.all<DeliveryRow & NotificationRow>(
        `SELECT ${DELIVERY_COLUMNS}, ${NOTIFICATION_COLUMNS} ${FROM_DELIVERIES}
          WHERE d.id IN (SELECT CAST(value AS BIGINT) FROM ${dialect.elements('$1')})
          ORDER BY d.due_at, d.id`,
        [JSON.stringify(claimed.map(({ id }) => id))],
      )
      return rows.map((row) => ({
        ...deliveryOf(row),
        notification: contentOf({ ...row, id: row.notification_id }),
      }))
    })
  }

  async settle(id: number, outcome: DeliveryOutcome): Promise<void> {
    const dueAtMs = outcome.status === 'waiting' ? outcome.dueAtMs : null
    // A delivery that was canceled or settled after this lease had ended does not wait again;
    // but if it was sent, it counts as sent.
    await this.#database.all(
      `UPDATE coterie_deliveries SET attempts = attempts + 1,
        status = CASE WHEN status = 'waiting' OR $2 = 'done' THEN $2 ELSE status END,
        due_at = COALESCE(CAST($3 AS BIGINT), due_at),
        next_at = COALESCE(CAST($3 AS BIGINT), due_at),
        retry_at = COALESCE(CAST($3 AS BIGINT), retry_at),
        last_error = COALESCE(CAST($4 AS TEXT), last_error)
        WHERE id = $1`,
      [id, outcome.status, dueAtMs, outcome.status === 'done' ? null : outcome.error],
    )
  }

  async list(query: DeliveryQuery): Promise<readonly StoredDelivery[]> {
    const { status, route, userId, limit, before } = query
    const bindings = new Bindings()
    const conditions = ['TRUE']
    if (status !== undefined) conditions.push(`d.status = ${bindings.add(status)}`)
    if (route !== undefined) conditions.push(`d.route = ${bindings.add(route)}`)
    if (userId !== undefined) conditions.push(`d.user_id = ${bindings.add(userId)}`)
    if (before !== undefined) conditions.push(`d.id < ${bindings.add(before)}`)
    const rows = await this.#database.all<DeliveryRow>(
      `SELECT ${DELIVERY_COLUMNS} ${FROM_DELIVERIES} WHERE ${conditions.join(' AND ')}
        ORDER BY d.id DESC LIMIT ${bindings.add(limit)}`,
      bindings.values,
    )
    return rows.map(deliveryOf)
  }

  async find(id: number): Promise<StoredDelivery | undefined> {
    const [row] = await this.#database.all<DeliveryRow>(
      `SELECT ${DELIVERY_COLUMNS} ${FROM_DELIVERIES} WHERE d.id = $1`,
      [id],
    )
    return row && deliveryOf(row)
  }

  revive(id: number, dueAtMs: number): Promise<StoredDelivery | undefined> {
    return this.#database.transaction(async (session) => {
      const revived = await session.all(
        `UPDATE coterie_deliveries SET status = 'waiting', attempts = 0, due_at = $2, next_at = $2,
          retry_at = NULL
          WHERE id = $1 AND status = 'dead' RETURNING id`,
        [id, dueAtMs],
      )
      if (revived.length === 0) return undefined
      const [row] = await session.all<DeliveryRow>(
        `SELECT ${DELIVERY_COLUMNS} ${FROM_DELIVERIES} WHERE d.id = $1`,
        [id],
      )
      return row && deliveryOf(row)
    })
  }

  async nextDueMs(): Promise<number | undefined> {
    const [row] = await this.#database.all<{ due: number | null }>(
      `SELECT MIN(next_at) AS due FROM coterie_deliveries
        ${this.#database.dialect.by(WAITING_INDEX)} WHERE status = 'waiting'`,
    )
    return row?.due ?? undefined
  }
}

function deliveryOf(row: DeliveryRow): StoredDelivery {
  return {
    id: row.delivery_id,
    notificationId: row.notification_id,
    userId: row.user_id,
    route: row.route,
    target: row.target,
    status: row.status,
    attempts: row.attempts,
    dueAtMs: row.due_at,
    createdAtMs: row.delivery_created_at,
    lastError: row.last_error,
  }
}
