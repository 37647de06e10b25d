import type {
  ChannelEvent,
  EventGap,
  PresenceEntry,
  RecoveryFailure,
  StateSnapshot,
  SubscribeReply,
} from '@coterie/protocol'
import { isRecord, readEntries, readEvents, readGaps } from '../connection/frame-reader.ts'
import { readWaitMs } from '../connection/retry.ts'

/** Fields that the protocol names, of which anything may have come. */
type Unread<Fields> = { readonly [Name in keyof Fields]?: unknown }
type RoomFields = NonNullable<SubscribeReply['room']>

/** A room as the server describes it. */
export type RoomDescription = Pick<RoomFields, 'metadata' | 'created_at'>

/** How long those who were there before a server began anew may take to come back. */
export type PresenceReturn = NonNullable<SubscribeReply['presence_returning']>

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
  /** Those who were seen before the server began this epoch may be on the way back for so long. */
  readonly presenceReturning: PresenceReturn | null
  readonly state: StateSnapshot | undefined
  /** Null where the channel is no room, or the server says nothing of it. */
  readonly room: RoomDescription | null
}

/** Reads the reply to `subscribe`, leniently. */
export function readJoinReply(payload: unknown): JoinReply {
  const reply: Unread<SubscribeReply> = isRecord(payload) ? payload : {}
  const { position, reason, presence_count: count } = reply
  return {
    events: readEvents(reply.events),
    gaps: readGaps(reply.gaps),
    position: typeof position === 'string' ? position : null,
    isRecovered: reply.recovered === true,
    reason: typeof reason === 'string' ? (reason as RecoveryFailure) : undefined,
    presence: readEntries(reply.presence),
    presenceCount: typeof count === 'number' ? count : null,
    presenceReturning: readReturn(reply.presence_returning),
    state: readSnapshot(reply.state),
    room: readRoom(reply.room),
  }
}

function readRoom(room: unknown): RoomDescription | null {
  if (!isRecord(room)) return null
  const { metadata, created_at }: Unread<RoomFields> = room
  return {
    metadata: isRecord(metadata) ? metadata : null,
    created_at: typeof created_at === 'string' ? created_at : null,
  }
}

function readReturn(returning: unknown): PresenceReturn | null {
  const { epoch, ms }: Unread<PresenceReturn> = isRecord(returning) ? returning : {}
  const waitMs = readWaitMs(ms)
  return typeof epoch === 'string' && waitMs !== undefined ? { epoch, ms: waitMs } : null
}

function readSnapshot(state: unknown): StateSnapshot | undefined {
  const { version, value, emptied }: Unread<StateSnapshot> = isRecord(state) ? state : {}
  if (typeof version !== 'number' || !isRecord(value)) return undefined
  return { version, value: value as StateSnapshot['value'], emptied: emptied === true }
}
