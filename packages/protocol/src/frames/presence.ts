import { z } from 'zod'
import { channelName, frame, type JsonValue, jsonValue, request } from './frame.ts'
import { connectionId, count, timestamp, userId } from './scalar.ts'

/** How a user appears; of several connections, the most present one applies. */
export const presenceStatus = z.enum(['online', 'away', 'offline'])
/** How present a user is. */
export type PresenceStatus = z.infer<typeof presenceStatus>

/** The status and data with which a connection wants to appear in a channel. */
export const presenceAppearance = z.object({
  status: presenceStatus.optional(),
  data: jsonValue.optional(),
})
/** The status and data with which a connection appears in a channel. */
export type PresenceAppearance = z.infer<typeof presenceAppearance>

/** Client → server. Appears in the channel; a repeated frame replaces the given fields. */
export const presenceRequest = request('presence', {
  channel: channelName,
  ...presenceAppearance.shape,
})
/** A `presence` frame, as the server reads it. */
export type PresenceRequest = z.infer<typeof presenceRequest>

/** One user who is present in a channel. */
export const presenceEntry = z.object({
  user_id: userId,
  /** The connection whose `data` is shown. */
  connection_id: connectionId,
  status: presenceStatus,
  data: jsonValue,
  /** ISO 8601 UTC with milliseconds. */
  joined_at: timestamp,
  /** ISO 8601 UTC with milliseconds. */
  last_seen: timestamp,
})

/** One user who is present in a channel. */
export interface PresenceEntry<Data = JsonValue>
  extends Readonly<Omit<z.infer<typeof presenceEntry>, 'data'>> {
  readonly data: Data
}

/** One user who is no longer present. */
export const presenceLeave = z.object({ user_id: userId, connection_id: connectionId })
/** One user who is no longer present. */
export type PresenceLeave = Readonly<z.infer<typeof presenceLeave>>

const entries = z.array(presenceEntry.readonly()).readonly()

/** Server → client. The changes of a channel's presence since the last such frame. */
export const presenceFrame = frame('presence', {
  channel: z.string(),
  joins: entries,
  updates: entries,
  leaves: z.array(presenceLeave.readonly()).readonly(),
  version: count,
  /**
   * Number of users, when they are too many to be listed: then `joins` is empty.
   * When they are few again, `joins` lists all of them.
   */
  count: count.optional(),
})
/** Server → client. The changes of a channel's presence since the last such frame. */
export type PresenceFrame = Readonly<z.infer<typeof presenceFrame>>

/** What presence adds to the reply of `subscribe`. */
export const presenceReplyFields = {
  /** Empty when the users are too many: then `presence_count` has their number. */
  presence: entries.optional(),
  presence_count: count.optional(),
  /**
   * The server restarted and knows only users who have come back since. Users
   * seen before `epoch` began may still come back for another `ms`.
   */
  presence_returning: z.object({ epoch: z.string(), ms: count }).readonly().optional(),
}
