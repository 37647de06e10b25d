import type {
  ChannelEvent,
  EventGap,
  PresenceEntry,
  RecoveryFailure,
  StateSnapshot,
} from '@coterie/protocol'
import { isRecord, readEntries, readEvents, readGaps } from './frame-reader.ts'

/** What the server says of a room. */
export interface RoomDescription {
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** ISO 8601 UTC with milliseconds; null for a room that was always there. */
  readonly created_at: string | null
}

/** A reply to `subscribe` that can be relied on, whatever the server sent. */
export interface JoinReply {
  readonly events: readonly ChannelEvent[]
  /** Where `events` leaves some out. */
  readonly gaps: readonly EventGap[]
  readonly position: string | null
  readonly isRecovered: boolean
  readonly reason: RecoveryFailure | undefined
  readonly presence: readonly PresenceEntry[] | undefined
  /** How many are present, where they are too many to be in `presence`. */
  readonly presenceCount: number | null
  readonly state: StateSnapshot | undefined
  /** Null where the channel is no room, or the server says nothing of it. */
  readonly room: RoomDescription | null
}

/** Reads the reply to `subscribe`, leniently. */
export function readJoinReply(payload: unknown): JoinReply {
  const { events, gaps, position, recovered, reason, presence, presence_count, state, room } =
    isRecord(payload) ? payload : {}
  return {
    events: readEvents(events),
    gaps: readGaps(gaps),
    position: typeof position === 'string' ? position : null,
    isRecovered: recovered === true,
    reason: typeof reason === 'string' ? (reason as RecoveryFailure) : undefined,
    presence: readEntries(presence),
    presenceCount: typeof presence_count === 'number' ? presence_count : null,
    state: readSnapshot(state),
    room: readRoom(room),
  }
}

function readRoom(room: unknown): RoomDescription | null {
  if (!isRecord(room)) return null
  const { metadata, created_at } = room
  return {
    metadata: isRecord(metadata) ? metadata : null,
    created_at: typeof created_at === 'string' ? created_at : null,
  }
}

function readSnapshot(state: unknown): StateSnapshot | undefined {
  if (!isRecord(state) || typeof state.version !== 'number' || !isRecord(state.value)) {
    return undefined
  }
  return {
    version: state.version,
    value: state.value as StateSnapshot['value'],
    emptied: state.emptied === true,
  }
}
