import { ok, type Result, refuse, type SubscriptionId } from '@coterie/protocol'
import type {
  CreatedSubscription,
  StoredSubscription,
  SubscriptionChange,
  SubscriptionQuery,
  SubscriptionRepository,
} from '../../ports/subscription-repository.ts'
import { Bindings } from './bindings.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'
import { notExpired } from './notification-row.ts'
import type { SqlDatabase, SqlSession } from './sql-database.ts'
import {
  SUBSCRIPTION_COLUMNS,
  type SubscriptionRow,
  subscriptionAt,
  subscriptionOf,
  subscriptionValues,
} from './subscription-row.ts'

/** The condition of subscriptions that can expire, as in the index to use it. */
const MAY_EXPIRE = `status IN ('active', 'paused')`

type CreateOptions = Parameters<SubscriptionRepository['create']>[1]

/** Stored subscriptions in a table of a database. */
export class SqlSubscriptions implements SubscriptionRepository {
  readonly #database: SqlDatabase
  readonly #keys: IdempotencyKeys

  constructor(database: SqlDatabase, keys: IdempotencyKeys) {
    this.#database = database
    this.#keys = keys
  }

  create(
    subscription: StoredSubscription,
    { maxPerUser, idempotencyKey, admit }: CreateOptions,
  ): Promise<Result<CreatedSubscription>> {
    const { id, userId, createdAtMs } = subscription
    return this.#database.transaction(async (session) => {
      const use = await this.#keys.use(session, idempotencyKey, createdAtMs)
      if (!use.ok) return use
      if ('resourceId' in use.value) return findEarlier(session, use.value.resourceId)
      const admitted = admit?.()
      if (admitted && !admitted.ok) return admitted
      await session.lock(`subscriptions of ${userId}`)
      if ((await countOf(session, subscription)) >= maxPerUser) {
        return refuse(
          'limit_exceeded',
          `a user may have ${maxPerUser} subscriptions; delete one before making another`,
        )
      }
      const values = subscriptionValues(subscription)
      await session.all(
        `INSERT INTO coterie_subscriptions (${SUBSCRIPTION_COLUMNS})
          VALUES (${values.map((_, index) => `$${index + 1}`).join(', ')})`,
        values,
      )
      await forgetExpired(session, subscription, maxPerUser)
      await use.value.keep(id)
      return ok({ subscription, isDuplicate: false })
    })
  }

  async find(id: SubscriptionId): Promise<StoredSubscription | undefined> {
    const [row] = await this.#database.all<SubscriptionRow>(
      `SELECT ${SUBSCRIPTION_COLUMNS} FROM coterie_subscriptions WHERE id = $1`,
      [id],
    )
    return row && subscriptionOf(row)
  }

  async list(query: SubscriptionQuery, nowMs: number): Promise<readonly StoredSubscription[]> {
    const bindings = new Bindings()
    const conditions = conditionsOf(query, bindings, nowMs, this.#database)
    const limit = bindings.add(query.limit)
    const skipped = query.offset ? ` OFFSET ${bindings.add(query.offset)}` : ''
    const rows = await this.#database.all<SubscriptionRow>(
      `SELECT ${SUBSCRIPTION_COLUMNS} FROM coterie_subscriptions
        WHERE ${conditions.join(' AND ')} ORDER BY sequence DESC LIMIT ${limit}${skipped}`,
      bindings.values,
    )
    return rows.map((row) => subscriptionAt(row, nowMs))
  }

  change(
    id: SubscriptionId,
    decide: (stored: StoredSubscription) => Result<SubscriptionChange | undefined>,
  ): Promise<Result<StoredSubscription> | undefined> {
    return this.#database.transaction(async (session) => {
      const [row] = await session.all<SubscriptionRow>(
        `SELECT ${SUBSCRIPTION_COLUMNS} FROM coterie_subscriptions
          WHERE id = $1 ${session.dialect.forUpdate}`,
        [id],
      )
      if (!row) return undefined
      const stored = subscriptionOf(row)
      const decided = decide(stored)
      if (!decided.ok) return decided
      if (!decided.value) return ok(stored)
      const { status = stored.status, labels = stored.labels, updatedAtMs } = decided.value
      await session.all(
        'UPDATE coterie_subscriptions SET updated_at = $2, status = $3, labels = $4 WHERE id = $1',
        [id, updatedAtMs, status, JSON.stringify(labels)],
      )
      return ok({ ...stored, status, labels, updatedAtMs })
    })
  }

  async delete(id: SubscriptionId): Promise<boolean> {
    const deleted = await this.#database.all(
      'DELETE FROM coterie_subscriptions WHERE id = $1 RETURNING id',
      [id],
    )
    return deleted.length > 0
  }

  async active(
    after: SubscriptionId | undefined,
    limit: number,
    nowMs: number,
  ): Promise<readonly StoredSubscription[]> {
    const rows = await this.#database.all<SubscriptionRow>(
      `SELECT ${SUBSCRIPTION_COLUMNS} FROM coterie_subscriptions
        WHERE status = 'active' AND id > $1 AND ${notExpired('$2')} ORDER BY id LIMIT $3`,
      [after ?? '', nowMs, limit],
    )
    return rows.map(subscriptionOf)
  }

  async expireDue(nowMs: number, limit: number): Promise<readonly SubscriptionId[]> {
    const { forUpdateSkipLocked } = this.#database.dialect
    const rows = await this.#database.all<{ id: SubscriptionId }>(
      `WITH due AS MATERIALIZED (
        SELECT id FROM coterie_subscriptions WHERE ${MAY_EXPIRE} AND expires_at <= $1
          ORDER BY expires_at, id LIMIT $2 ${forUpdateSkipLocked}
      )
      UPDATE coterie_subscriptions SET status = 'expired'
        WHERE id IN (SELECT id FROM due) RETURNING id`,
      [nowMs, limit],
    )
    return rows.map(({ id }) => id)
  }

  async nextDueMs(): Promise<number | undefined> {
    const [row] = await this.#database.all<{ due: number | null }>(
      `SELECT MIN(expires_at) AS due FROM coterie_subscriptions
        WHERE ${MAY_EXPIRE} AND expires_at IS NOT NULL`,
    )
    return row?.due ?? undefined
  }
}

async function findEarlier(session: SqlSession, id: string): Promise<Result<CreatedSubscription>> {
  const [row] = await session.all<SubscriptionRow>(
    `SELECT ${SUBSCRIPTION_COLUMNS} FROM coterie_subscriptions WHERE id = $1`,
    [id],
  )
  if (row) return ok({ subscription: subscriptionOf(row), isDuplicate: true })
  return refuse(
    'conflict',
    'the subscription that was made with this idempotency key is deleted; a new one needs a new key',
  )
}

// Ended subscriptions count for no limit, and would grow without one.
async function forgetExpired(
  session: SqlSession,
  { userId, createdAtMs }: StoredSubscription,
  kept: number,
): Promise<void> {
  const isOver = `user_id = $1 AND (status = 'expired' OR expires_at <= $2)`
  await session.all(
    `DELETE FROM coterie_subscriptions WHERE ${isOver} AND sequence < (
      SELECT sequence FROM coterie_subscriptions WHERE ${isOver}
        ORDER BY sequence DESC LIMIT 1 OFFSET $3
    )`,
    [userId, createdAtMs, Math.max(0, kept - 1)],
  )
}

async function countOf(
  session: SqlSession,
  { userId, createdAtMs }: StoredSubscription,
): Promise<number> {
  const [row] = await session.all<{ count: number }>(
    `SELECT COUNT(*) AS count FROM coterie_subscriptions WHERE user_id = $1 AND status <> 'expired'
      AND NOT (${MAY_EXPIRE} AND expires_at IS NOT NULL AND expires_at <= $2)`,
    [userId, createdAtMs],
  )
  return row?.count ?? 0
}

function conditionsOf(
  { userId, status, type, label, before }: SubscriptionQuery,
  bindings: Bindings,
  nowMs: number,
  { dialect }: SqlDatabase,
): string[] {
  const user = bindings.add(userId)
  const conditions = [`user_id = ${user}`]
  if (status === 'expired') {
    const now = bindings.add(nowMs)
    conditions.push(`(status = 'expired' OR (${MAY_EXPIRE} AND expires_at <= ${now}))`)
  } else if (status !== undefined) {
    conditions.push(`status = ${bindings.add(status)}`)
    if (status !== 'inactive') conditions.push(notExpired(bindings.add(nowMs)))
  }
  if (type !== undefined) conditions.push(`type = ${bindings.add(type)}`)
  if (label !== undefined) {
    const elements = dialect.elements('labels')
    conditions.push(`${bindings.add(label)} IN (SELECT value FROM ${elements})`)
  }
  if (before !== undefined) conditions.push(`sequence < ${sequenceOf(bindings.add(before), user)}`)
  return conditions
}

// The last item of a page may be deleted before the next page; ids begin with their time.
function sequenceOf(id: string, user: string): string {
  return `COALESCE(
    (SELECT sequence FROM coterie_subscriptions WHERE id = ${id}),
    (SELECT MAX(sequence) + 1 FROM coterie_subscriptions WHERE user_id = ${user} AND id < ${id}))`
}
