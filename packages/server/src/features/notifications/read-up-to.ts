import { type NotificationId, ok, type Result, type UserId } from '@coterie/protocol'
import { refuseField } from '../../core/field-problem.ts'
import { idTextProblem } from '../../core/id-text.ts'
import { isoTime, isTime } from '../../core/iso-time.ts'
import type { NotificationRepository, ReadUpTo } from '../../ports/notification-repository.ts'

/** A time with its zone, which no id of a notification looks like (RFC 3339 section 5.6). */
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/i

/** Where marking all as read ends: a notification by its id, or a wall time. */
export type UpTo = string | number | Date

/** Where it ends, for the store and as it is told to devices. */
export interface FoundEnd {
  readonly upTo: ReadUpTo
  readonly told: string
}

/**
 * Finds where a user wants to have read all up to. Refused with `not_found`
 * for a notification that is not the user's.
 *
 * @param upTo an id, a time as RFC 3339 writes it, or a wall time in ms
 */
export async function findUpTo(
  repository: Pick<NotificationRepository, 'find'>,
  userId: UserId,
  upTo: UpTo,
  nowMs: number,
): Promise<Result<FoundEnd>> {
  const isText = typeof upTo === 'string'
  if (!isText || TIME.test(upTo)) {
    const createdAtMs = isText ? Date.parse(upTo) : Number(upTo)
    if (!isTime(createdAtMs)) return refuseField('up_to: expected a time')
    return ok({ upTo: { createdAtMs }, told: isoTime(createdAtMs) })
  }
  const problem = idTextProblem(upTo)
  if (problem !== undefined) return refuseField(`up_to: ${problem}`)
  const found = await repository.find(upTo as NotificationId, nowMs, userId)
  if (!found) return refuseField('up_to: the user has no such notification', 'not_found')
  // Devices sort by time and the store by place: what either has below it was seen. Of the same
  // moment the place decides, or what came in it unseen would be read too.
  const { sequence, createdAtMs } = found
  return ok({ upTo: { sequence, createdAtMs: createdAtMs - 1 }, told: upTo })
}
