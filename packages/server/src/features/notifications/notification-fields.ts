import {
  formatUuidV7,
  type NotificationId,
  type NotificationRoute,
  RealtimeError,
} from '@coterie/protocol'
import { requireIdText } from '../../core/id-text.ts'
import { isTime } from '../../core/iso-time.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StoredNotification } from '../../ports/notification-repository.ts'
import type { Random } from '../../ports/random.ts'
import { draftNotification, type NotificationRequest } from './notification-request.ts'

const UUID_BYTES = 10

/** What a notification is made of outside of a store; nobody has received it yet. */
export interface NotificationFields
  extends Omit<NotificationRequest, 'idempotencyKey' | 'channels'> {
  /** @default a new one */
  readonly id?: string | undefined
  /** The routes to take. @default those of each recipient's preferences */
  readonly channels?: readonly NotificationRoute[] | null | undefined
  /** Wall time in ms since 1970. @default now */
  readonly createdAtMs?: number | undefined
}

/** A notification as a store keeps it, but for its place among all. */
export type WholeNotification = Omit<StoredNotification, 'sequence'>

/** Tells whether a notification comes from a store: its recipients have states, or are summed up. */
export function isWhole(given: WholeNotification | NotificationFields): given is WholeNotification {
  if ('overview' in given && given.overview !== undefined) return true
  const first: unknown = Array.isArray(given.recipients) ? given.recipients[0] : undefined
  return typeof first === 'object' && first !== null
}

/**
 * Fills in what a notification leaves out.
 *
 * @throws {RealtimeError} `invalid_payload` for a bad value, naming the field
 */
export function completeNotification(
  { id, createdAtMs, ...request }: NotificationFields,
  clock: Clock,
  random: Random,
): WholeNotification {
  if (id !== undefined) requireIdText('id', id)
  // One of a store that is for nobody says of its routes that it has none.
  const drafted = draftNotification({ ...request, channels: request.channels ?? undefined })
  if (!drafted.ok) throw drafted.error
  const nowMs = createdAtMs ?? clock.now()
  if (!isTime(nowMs)) {
    throw new RealtimeError('invalid_payload', 'created_at: expected a time')
  }
  const { content, recipients } = drafted.value
  return {
    ...content,
    id: (id ?? formatUuidV7(nowMs, random.bytes(UUID_BYTES))) as NotificationId,
    createdAtMs: nowMs,
    recipients: recipients.map((userId) => ({
      userId,
      status: 'pending',
      deliveredAtMs: null,
      readAtMs: null,
      isInApp: true,
      heldUntilMs: null,
    })),
  }
}
