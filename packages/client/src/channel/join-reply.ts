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

/** The named fields of the protocol, with values not yet checked. */
type Unread<Fields> = { readonly [Name in keyof Fields]?: unknown }
type RoomFields = NonNullable<SubscribeReply['room']>

/** A room as the server describes it. */
export type RoomDescription = Pick<RoomFields, 'metadata' | 'created_at'>

/** How long users from before the server's restart may take to come back. */
export type PresenceReturn = NonNullable<SubscribeReply['presence_returning']>

/** A validated reply to `subscribe`, whatever the server sent. */
export interface JoinReply {
  readonly events: readonly ChannelEvent[]
  /** Where events are missing from `events`. */
  readonly gaps: readonly EventGap[]
  readonly position: string | null
  readonly isRecovered: boolean
  readonly reason: RecoveryFailure | undefined
  readonly presence: readonly PresenceEntry[] | undefined
  /** Number of users present, when they are too many for a list in `presence`. */
  readonly presenceCount: number | null
  /** How long users seen in the server's previous epoch may take to come back. */
  readonly presenceReturning: PresenceReturn | null
  readonly state: StateSnapshot | undefined
  /** Null when the channel is not a room, or the server does not describe it. */
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
