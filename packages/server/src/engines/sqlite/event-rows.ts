import type { ConnectionId, EventId, UserId } from '@coterie/protocol'
import type { EventRecord, JsonText, NewEvent } from '../../ports/engine.ts'
import { checksumOf } from './checksum.ts'

/** The row of an event; with a wrong checksum, its values may be of any type. */
export interface EventRow {
  readonly sequence: number
  readonly offset: number
  readonly expires_at: number
  readonly id: string
  readonly event: string
  readonly payload: string
  readonly user_id: string | null
  readonly connection_id: string | null
  readonly excluded: string | null
  readonly timestamp: number
  readonly checksum: number
}

/** An event of any channel; channel and epoch are null if its log is unknown. */
export interface ChannelEventRow extends EventRow {
  readonly log_id: number
  readonly channel: string | null
  readonly epoch: string | null
  /** The log keeps events from this offset on beyond their retention; 0 for none. */
  readonly held: number | null
}

/** The columns of an event. As REAL, a damaged number is never too large to be read. */
export const EVENT_COLUMNS = `sequence, "offset", CAST(expires_at AS REAL) AS expires_at, events.id,
  event, payload, user_id, connection_id, excluded, CAST(timestamp AS REAL) AS timestamp,
  events.checksum`

/** The position of an event in the file. */
export interface StoredPlace {
  readonly sequence: number
  readonly logId: number
  readonly offset: number
  readonly expiresAtMs: number
}

/** Returns the columns of an event's row, with the checksum last. */
export function rowOf(
  { sequence, logId, offset, expiresAtMs }: StoredPlace,
  { id, event, payload, from, timestampMs }: NewEvent,
  excludeConnection: string | undefined,
) {
  const userId = from?.user_id ?? null
  const connectionId = from?.connection_id ?? null
  const columns = [
    sequence,
    logId,
    offset,
    expiresAtMs,
    id,
    event,
    payload,
    userId,
    connectionId,
    excludeConnection ?? null,
    timestampMs,
  ] as const
  return [...columns, checksumOf(...columns)] as const
}

/** Tells whether a row is undamaged and belongs to this log. */
export function isWhole(row: EventRow, logId: number): boolean {
  return (
    row.checksum ===
    checksumOf(
      row.sequence,
      logId,
      row.offset,
      row.expires_at,
      row.id,
      row.event,
      row.payload,
      row.user_id,
      row.connection_id,
      row.excluded,
      row.timestamp,
    )
  )
}

/** Makes the record of an undamaged row. */
export function recordFrom(
  stored: EventRow,
  channel: string,
  epoch: string,
  sequenceEpoch: string,
): EventRecord {
  const { user_id: userId, connection_id: connectionId } = stored
  return {
    channel,
    id: stored.id as EventId,
    event: stored.event,
    payload: stored.payload as JsonText,
    from:
      userId === null
        ? null
        : { user_id: userId as UserId, connection_id: connectionId as ConnectionId },
    timestampMs: stored.timestamp,
    delivery: 'logged',
    position: { epoch, offset: stored.offset },
    sequence: { epoch: sequenceEpoch, offset: stored.sequence },
    excludeConnection: stored.excluded ?? undefined,
  }
}

/** Tells whether a hold keeps an event. @param held the first held offset; 0 for none */
export function isHeld({ offset }: EventRow, held: number): boolean {
  return held > 0 && offset >= held
}
