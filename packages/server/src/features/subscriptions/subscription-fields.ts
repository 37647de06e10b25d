import {
  formatUuidV7,
  type JsonObjectLike,
  RealtimeError,
  type SubscriptionId,
} from '@coterie/protocol'
import { isTime } from '../../core/iso-time.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type {
  StoredSubscription,
  SubscriptionStatus,
  SubscriptionType,
} from '../../ports/subscription-repository.ts'
import {
  draftSubscription,
  idProblem,
  type SubscriptionRequest,
  statusProblem,
} from './subscription-request.ts'

const UUID_BYTES = 10
const TYPES: readonly SubscriptionType[] = ['resource', 'resource_type', 'topic', 'query']

/** What a subscription is made of outside of a store. */
export interface SubscriptionFields extends Omit<SubscriptionRequest, 'idempotencyKey'> {
  /** @default a new one */
  readonly id?: string | undefined
  readonly type: SubscriptionType
  /** @default 'active' */
  readonly status?: SubscriptionStatus | undefined
  readonly resourceId?: string | null | undefined
  readonly resourceType?: string | null | undefined
  /** A channel name or pattern. */
  readonly topic?: string | null | undefined
  readonly query?: JsonObjectLike | null | undefined
  /** Wall time in ms since 1970. @default now */
  readonly createdAtMs?: number | undefined
}

/** Tells whether a subscription comes from a store, which knows who vouched for it. */
export function isWhole(
  given: StoredSubscription | SubscriptionFields,
): given is StoredSubscription {
  return 'isVouched' in given
}

/**
 * Fills in what a subscription leaves out.
 *
 * @throws {RealtimeError} `invalid_payload` for a bad value, naming the field
 */
export function completeSubscription(
  fields: SubscriptionFields,
  clock: Clock,
  random: Random,
): StoredSubscription {
  const { id, type, status = 'active', createdAtMs = clock.now(), ...request } = fields
  const problem =
    (id === undefined ? undefined : idProblem('id', id)) ??
    (TYPES.includes(type) ? undefined : `type: expected one of ${TYPES.join(', ')}`) ??
    statusProblem(status) ??
    (isTime(createdAtMs) ? undefined : 'created_at: expected a time')
  if (problem !== undefined) throw new RealtimeError('invalid_payload', problem)
  const { resourceId, resourceType, topic, query } = request
  const target = {
    type,
    resourceId: resourceId ?? undefined,
    resourceType: resourceType ?? undefined,
    topic: topic ?? undefined,
    query: query ?? undefined,
  }
  const drafted = draftSubscription(target, request)
  if (!drafted.ok) throw drafted.error
  return {
    ...drafted.value,
    id: (id ?? formatUuidV7(createdAtMs, random.bytes(UUID_BYTES))) as SubscriptionId,
    status,
    createdAtMs,
    updatedAtMs: createdAtMs,
    isVouched: true,
  }
}
