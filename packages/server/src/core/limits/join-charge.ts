import type { SubscribeRequest } from '@coterie/protocol'
import type { LogPage } from '../../ports/engine.ts'
import { MAX_RECOVERED_BYTES, type Recovery } from '../recovery.ts'

/** Bytes of an event beside its payload. */
const EVENT_BYTES = 200
/** Usual maximum of bytes for a join without missed events. */
const JOIN_BYTES = 4_096
/** Usual maximum of bytes for each recent event. */
const RECENT_EVENT_BYTES = 512

/** Returns the bytes that must be available before a join reads its log. */
export function expectedJoinBytes({ recent = 0 }: SubscribeRequest): number {
  return JOIN_BYTES + Math.min(MAX_RECOVERED_BYTES, recent * RECENT_EVENT_BYTES)
}

/**
 * Returns the bytes of a page that follows a join.
 *
 * @param idBytes bytes of the additional id of each event
 */
export function pageBytes({ events }: Pick<LogPage, 'events'>, idBytes: number): number {
  return events.reduce((sum, { payload }) => sum + payload.length + EVENT_BYTES + idBytes, 0)
}

/**
 * Returns the bytes of the missed events of a join.
 *
 * Events after the reply are not read yet; each counts as an average one of the reply.
 */
export function recoveredBytes({ events, covered, top }: Recovery): number {
  const bytes = pageBytes({ events }, 0)
  const isSameLog = covered !== null && covered.epoch === top?.epoch
  const following = isSameLog ? Math.max(0, top.offset - covered.offset) : 0
  const average = events.length > 0 ? bytes / events.length : EVENT_BYTES
  return Math.min(MAX_RECOVERED_BYTES, Math.ceil(bytes + following * average))
}
