import type { UserId } from '@coterie/protocol'
import type { NewDelivery } from '../../ports/notification-repository.ts'
import { inBatches } from './in-batches.ts'
import type { SqlSession } from './sql-database.ts'

/** A delivery of a notification to a user. */
interface UserDelivery extends NewDelivery {
  readonly sequence: number
  readonly userId: UserId
}

/** Adds deliveries that start waiting now. */
export function addDeliveries(
  session: SqlSession,
  createdAtMs: number,
  deliveries: readonly UserDelivery[],
): Promise<void> {
  const given = session.dialect.given('$1', {
    sequence: 'integer',
    user_id: 'text',
    route: 'text',
    target: 'text',
    due_at: 'integer',
  })
  return inBatches(session, deliveries, async (batch) => {
    const rows = batch.map(({ sequence, userId, route, target, dueAtMs }) => ({
      sequence,
      user_id: userId,
      route,
      target,
      due_at: dueAtMs,
    }))
    await session.all(
      `INSERT INTO coterie_deliveries (sequence, user_id, route, target, status, attempts,
          due_at, next_at, created_at)
        SELECT sequence, user_id, route, target, 'waiting', 0, due_at, due_at,
          CAST($2 AS BIGINT)
        FROM ${given} ORDER BY given_order`,
      [JSON.stringify(rows), createdAtMs],
    )
  })
}
