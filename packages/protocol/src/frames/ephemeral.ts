import { z } from 'zod'
import type { UserId } from '../ids.ts'
import { messageId } from './channel.ts'
import { channelName, frame, type JsonValue } from './frame.ts'

/** What an ephemeral event is about. */
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
export type EphemeralEventType = (typeof EPHEMERAL_EVENT_TYPES)[number]

/** Client → server. Starts or renews typing; the server ends it after 5 s without renewal. */
export const typing = frame('typing', {
  channel: channelName,
  is_typing: z.boolean().default(true),
})
export type TypingRequest = z.infer<typeof typing>

/** Client → server. Says that the user has read up to an event; a mark never moves back. */
export const read = frame('read', {
  channel: channelName,
  event_id: messageId,
})
export type ReadRequest = z.infer<typeof read>

/** How far one user has read. */
export interface ReaderMark {
  readonly user_id: UserId
  readonly event_id: string
}

/**
 * The `data` of a `read_receipt`: how far the frame's `user_id` has read. Where
 * more than 25 read on in a window of time it is one for all, whose `user_id`
 * is the last of those who read furthest.
 */
export interface ReadReceiptData {
  /** The event up to which the user has read. */
  readonly event_id: string
  /**
   * Users who have read up to it or beyond. Where the channel keeps no history
   * nobody knows: 1, or how many read on in the window where it is one for all.
   */
  readonly read_by: number
  /** The reader, and how far; left out where it is one for many. */
  readonly readers?: readonly ReaderMark[]
}

/** Server → client. A signal that is never logged. */
export interface EphemeralFrame {
  readonly type: 'ephemeral'
  /** The part after `room:`; null for other channels. */
  readonly room_id: string | null
  readonly channel: string
  readonly event_type: EphemeralEventType
  readonly user_id: UserId
  /** ISO 8601 UTC with milliseconds. */
  readonly timestamp: string
  readonly data: JsonValue
}
