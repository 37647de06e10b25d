import { z } from 'zod'
import { channelName, frame, jsonValue, request } from './frame.ts'
import { messageId } from './publish.ts'
import { count, timestamp, userId } from './scalar.ts'

/** The types of ephemeral events. */
export const EPHEMERAL_EVENT_TYPES = [
  'typing_start',
  'typing_stop',
  'presence_online',
  'presence_away',
  'presence_offline',
  'read_receipt',
  'reaction',
  'custom',
] as const
/** The type of an ephemeral event. */
export type EphemeralEventType = (typeof EPHEMERAL_EVENT_TYPES)[number]

/** Client → server. Starts or renews typing; the server ends it after 5 s without renewal. */
export const typingRequest = request('typing', {
  channel: channelName,
  is_typing: z.boolean().default(true),
})
/** A `typing` frame, as the server reads it. */
export type TypingRequest = z.infer<typeof typingRequest>

/** Client → server. Marks the channel as read up to an event; a mark never moves back. */
export const readRequest = request('read', {
  channel: channelName,
  event_id: messageId,
})
/** A `read` frame, as the server reads it. */
export type ReadRequest = z.infer<typeof readRequest>

/** The last event that one user has read. */
export const readerMark = z.object({ user_id: userId, event_id: z.string() })
/** The last event that one user has read. */
export type ReaderMark = Readonly<z.infer<typeof readerMark>>

/**
 * The `data` of a `read_receipt`: how far the frame's `user_id` has read. When
 * more than 25 users read on in a window of time, one receipt covers them all and
 * its `user_id` is the last of those who read furthest.
 */
export const readReceiptData = z.object({
  /** The event up to which the user has read. */
  event_id: z.string(),
  /**
   * Number of users who have read up to it or beyond. Unknown in a channel without
   * history: there it is 1, or in a joint receipt the number who read on in the window.
   */
  read_by: count,
  /** The reader and the event; omitted when the receipt covers many readers. */
  readers: z.array(readerMark.readonly()).readonly().optional(),
})
/**
 * The `data` of a `read_receipt`: how far the frame's `user_id` has read. When
 * more than 25 users read on in a window of time, one receipt covers them all and
 * its `user_id` is the last of those who read furthest.
 */
export type ReadReceiptData = Readonly<z.infer<typeof readReceiptData>>

/** Server → client. A signal that is never logged. */
export const ephemeralFrame = frame('ephemeral', {
  /** The part after `room:`; null for other channels. */
  room_id: z.string().nullable(),
  channel: z.string(),
  event_type: z.enum(EPHEMERAL_EVENT_TYPES),
  user_id: userId,
  /** ISO 8601 UTC with milliseconds. */
  timestamp,
  data: jsonValue,
})
/** Server → client. A signal that is never logged. */
export type EphemeralFrame = Readonly<z.infer<typeof ephemeralFrame>>
