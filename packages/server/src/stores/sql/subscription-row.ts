import { canonicalChannel } from '@coterie/protocol'
import type {
  JsonObject,
  ProvenRights,
  StoredSubscription,
} from '../../ports/subscription-repository.ts'

/** A row of `coterie_subscriptions` with the columns of `SUBSCRIPTION_COLUMNS`. */
export interface SubscriptionRow {
  readonly id: StoredSubscription['id']
  readonly user_id: StoredSubscription['userId']
  readonly type: StoredSubscription['type']
  readonly status: StoredSubscription['status']
  readonly created_at: number
  readonly updated_at: number
  readonly expires_at: number | null
  readonly resource_id: string | null
  readonly resource_type: string | null
  readonly topic: string | null
  readonly query: string | null
  readonly payload_filter: string | null
  readonly labels: string
  readonly metadata: string
  readonly is_vouched: boolean | number
  /** Null for subscriptions by the application, and those of earlier releases. */
  readonly proven: string | null
}

/** All columns except the order of creation, which the database assigns. */
export const SUBSCRIPTION_COLUMNS = `id, user_id, type, status, created_at, updated_at, expires_at,
  resource_id, resource_type, topic, query, payload_filter, labels, metadata, is_vouched, proven`

/** Returns the columns of a subscription. */
export function subscriptionValues(subscription: StoredSubscription) {
  const { id, userId, type, status, createdAtMs, updatedAtMs, expiresAtMs } = subscription
  const { resourceId, resourceType, topic, query, payloadFilter, labels, metadata } = subscription
  return [
    id,
    userId,
    type,
    status,
    createdAtMs,
    updatedAtMs,
    expiresAtMs,
    resourceId,
    resourceType,
    topic,
    query && JSON.stringify(query),
    payloadFilter && JSON.stringify(payloadFilter),
    JSON.stringify(labels),
    JSON.stringify(metadata),
    subscription.isVouched,
    subscription.proven ? JSON.stringify(subscription.proven) : null,
  ]
}

/** Reads a subscription. */
export function subscriptionOf(row: SubscriptionRow): StoredSubscription {
  return {
    id: row.id,
    userId: row.user_id,
    type: row.type,
    status: row.status,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
    expiresAtMs: row.expires_at,
    resourceId: row.resource_id,
    resourceType: row.resource_type,
    // Stored before each channel of a user or tenant had a single name.
    topic: row.topic === null ? null : canonicalChannel(row.topic),
    query: row.query === null ? null : (JSON.parse(row.query) as JsonObject),
    payloadFilter:
      row.payload_filter === null ? null : (JSON.parse(row.payload_filter) as JsonObject),
    labels: JSON.parse(row.labels) as string[],
    metadata: JSON.parse(row.metadata) as JsonObject,
    isVouched: Boolean(row.is_vouched),
    ...(row.proven !== null && { proven: JSON.parse(row.proven) as ProvenRights }),
  }
}

/** Reads a subscription as of a wall time: expired ones count, swept or not. */
export function subscriptionAt(row: SubscriptionRow, nowMs: number): StoredSubscription {
  const mayExpire = row.status === 'active' || row.status === 'paused'
  const isExpired = mayExpire && row.expires_at !== null && row.expires_at <= nowMs
  return subscriptionOf(isExpired ? { ...row, status: 'expired' } : row)
}
