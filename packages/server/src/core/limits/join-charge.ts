import type { SubscribeRequest } from '@coterie/protocol'
import type { LogPage } from '../../ports/engine.ts'
import { MAX_RECOVERED_BYTES, type Recovery } from '../recovery.ts'

/** Bytes of an event beside its payload. */
const EVENT_BYTES = 200
/** Bytes that a join mostly comes to where nothing of the past is asked for. */
const JOIN_BYTES = 4_096
/** Bytes that each of the last events mostly comes to. */
const RECENT_EVENT_BYTES = 512

/** Returns for how many bytes there must be room before a join, and before its log is read. */
export function expectedJoinBytes({ recent = 0 }: SubscribeRequest): number {
  return JOIN_BYTES + Math.min(MAX_RECOVERED_BYTES, recent * RECENT_EVENT_BYTES)
}

/**
 * Returns the bytes of a page that follows a join.
 *
 * @param idBytes bytes of the id that each event has beside
 */
export function pageBytes({ events }: Pick<LogPage, 'events'>, idBytes: number): number {
  return events.reduce((sum, { payload }) => sum + payload.length + EVENT_BYTES + idBytes, 0)
}

/**
 * Returns the bytes that a join brings of the past.
 *
 * What follows the reply is not read yet; it is taken for as long as what is in the reply.
 */
export function recoveredBytes({ events, covered, top }: Recovery): number {
  const bytes = pageBytes({ events }, 0)
  const isSameLog = covered !== null && covered.epoch === top?.epoch
  const following = isSameLog ? Math.max(0, top.offset - covered.offset) : 0
  const average = events.length > 0 ? bytes / events.length : EVENT_BYTES
  return Math.min(MAX_RECOVERED_BYTES, Math.ceil(bytes + following * average))
}
