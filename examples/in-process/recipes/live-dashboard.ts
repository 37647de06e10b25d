import type { DatabaseSync } from 'node:sqlite'
import type { RealtimeHub } from '@coterie/server'
import { unwrap } from './unwrap.ts'

const HOUR_MS = 3_600_000

/** Computes how the last hour went, and shows it on every dashboard. */
export async function updateMetrics(hub: RealtimeHub, database: DatabaseSync) {
  const nowMs = hub.clock.now()
  const row = database
    .prepare(
      'SELECT count(*) AS orders, total(total) AS revenue FROM "order" WHERE created_at_ms >= ?',
    )
    .get(nowMs - HOUR_MS)
  const metrics = {
    orders_last_hour: Number(row?.orders),
    revenue_last_hour: Number(row?.revenue),
    updated_at: new Date(nowMs).toISOString(),
  }
  unwrap(await hub.realtimeEvent({ channel: 'dashboard:metrics', event: 'update', data: metrics }))
  return metrics
}
