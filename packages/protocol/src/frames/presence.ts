import { z } from 'zod'
import type { ConnectionId, UserId } from '../ids.ts'
import { channelName, frame, type JsonValue, jsonValue } from './frame.ts'

/** How a user appears; of several connections the most present one counts. */
export const presenceStatus = z.enum(['online', 'away', 'offline'])
export type PresenceStatus = z.infer<typeof presenceStatus>

/** How a connection wants to appear in a channel. */
export const presenceAppearance = z.object({
  status: presenceStatus.optional(),
  data: jsonValue.optional(),
})
export type PresenceAppearance = z.infer<typeof presenceAppearance>

/** Client → server. Appears in the channel; sending it again replaces what it names. */
export const presence = frame('presence', {
  channel: channelName,
  ...presenceAppearance.shape,
})
export type PresenceRequest = z.infer<typeof presence>

/** One user who is present in a channel. */
export interface PresenceEntry<Data = JsonValue> {
  readonly user_id: UserId
  /** The connection whose `data` is shown. */
  readonly connection_id: ConnectionId
  readonly status: PresenceStatus
  readonly data: Data
  /** ISO 8601 UTC with milliseconds. */
  readonly joined_at: string
  /** ISO 8601 UTC with milliseconds. */
  readonly last_seen: string
}

/** One user who is no longer present. */
export interface PresenceLeave {
  readonly user_id: UserId
  readonly connection_id: ConnectionId
}

/** Server → client. What changed in a channel's presence since the last such frame. */
export interface PresenceFrame {
  readonly type: 'presence'
  readonly channel: string
  readonly joins: readonly PresenceEntry[]
  readonly updates: readonly PresenceEntry[]
  readonly leaves: readonly PresenceLeave[]
  readonly version: number
  /**
   * How many users there are, where they are too many to be told one by one:
   * then `joins` is empty, or, where they are few again, all who are there.
   */
  readonly count?: number
}
