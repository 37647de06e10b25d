import { z } from 'zod'
import { channelEvent, eventGap } from './event.ts'
import { channelName, request } from './frame.ts'
import { position } from './scalar.ts'

/** Maximum events of one frame. */
export const MAX_HISTORY_EVENTS = 1_000

/** A position that the client claims to have seen. */
export const since = z.string().max(128)

/** Client → server. Reads a channel's log, oldest first unless reversed. */
export const historyRequest = request('history', {
  channel: channelName,
  since: since.optional(),
  limit: z.int().min(1).max(MAX_HISTORY_EVENTS).default(100),
  reverse: z.boolean().default(false),
})
/** A `history` frame, as the server reads it. */
export type HistoryRequest = z.infer<typeof historyRequest>

/** Reply to `history`. */
export const historyReply = z.object({
  events: z.array(channelEvent.readonly()).readonly(),
  /** The newest position of the log; null on a channel without history. */
  position: position.nullable(),
  /** Where damaged events are missing from `events`. */
  gaps: z.array(eventGap.readonly()).readonly().optional(),
})
/** Reply to `history`. */
export type HistoryReply = Readonly<z.infer<typeof historyReply>>
