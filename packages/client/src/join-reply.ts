import type { ChannelEvent, PresenceEntry, RecoveryFailure, StateSnapshot } from '@coterie/protocol'
import { isRecord, readEntries, readEvents } from './frame-reader.ts'

/** A reply to `subscribe` that can be relied on, whatever the server sent. */
export interface JoinReply {
  readonly events: readonly ChannelEvent[]
  readonly position: string | null
  readonly isRecovered: boolean
  readonly reason: RecoveryFailure | undefined
  readonly presence: readonly PresenceEntry[] | undefined
  readonly state: StateSnapshot | undefined
}

/** Reads the reply to `subscribe`, leniently. */
export function readJoinReply(payload: unknown): JoinReply {
  const { events, position, recovered, reason, presence, state } = isRecord(payload) ? payload : {}
  return {
    events: readEvents(events),
    position: typeof position === 'string' ? position : null,
    isRecovered: recovered === true,
    reason: typeof reason === 'string' ? (reason as RecoveryFailure) : undefined,
    presence: readEntries(presence),
    state: readSnapshot(state),
  }
}

function readSnapshot(state: unknown): StateSnapshot | undefined {
  if (!isRecord(state) || typeof state.version !== 'number' || !isRecord(state.value)) {
    return undefined
  }
  return { version: state.version, value: state.value as StateSnapshot['value'] }
}
