import type { ConnectionId, PresenceEntry, PresenceStatus } from '@coterie/protocol'
import { isoTime } from '../../core/iso-time.ts'
import type { PresenceValue } from '../../core/presence-map.ts'

const RANK: Record<PresenceStatus, number> = { offline: 0, away: 1, online: 2 }

/**
 * Reports the connections of one user as one entry: the most present status,
 * the earliest arrival, and the data of the connection that was active last.
 */
export function reportUser(
  connections: ReadonlyMap<string, PresenceValue>,
): PresenceEntry | undefined {
  let shown: [string, PresenceValue] | undefined
  let status: PresenceStatus = 'offline'
  let joinedAt = Number.POSITIVE_INFINITY
  for (const entry of connections) {
    const [, value] = entry
    if (!shown || value.last_seen >= shown[1].last_seen) shown = entry
    if (RANK[value.status] > RANK[status]) status = value.status
    joinedAt = Math.min(joinedAt, value.joined_at)
  }
  if (!shown) return undefined
  const [connectionId, value] = shown
  return {
    user_id: value.user_id,
    connection_id: connectionId as ConnectionId,
    status,
    data: value.data,
    joined_at: isoTime(joinedAt),
    last_seen: isoTime(value.last_seen),
  }
}

/** Tells whether two reports differ in more than when the user was last seen. */
export function differs(before: PresenceEntry, after: PresenceEntry): boolean {
  return (
    before.connection_id !== after.connection_id ||
    before.status !== after.status ||
    before.joined_at !== after.joined_at ||
    JSON.stringify(before.data) !== JSON.stringify(after.data)
  )
}
