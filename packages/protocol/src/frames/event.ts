import { z } from 'zod'
import { eventSender } from './event-sender.ts'
import { frame, type JsonValue, jsonValue, wholeText } from './frame.ts'
import { eventId, position, subscriptionId, timestamp } from './scalar.ts'

const MAX_EVENT_NAME_CHARACTERS = 100

/** The name of an event, which says what its payload means. */
export const eventName = wholeText().min(1).max(MAX_EVENT_NAME_CHARACTERS)

/** Something published, as every receiver sees it. */
export const channelEvent = z.object({
  channel: z.string(),
  event: z.string(),
  payload: jsonValue,
  /** Null when the server published it. */
  from: eventSender.readonly().nullable(),
  id: eventId,
  /** ISO 8601 UTC with milliseconds. */
  timestamp,
  position: position.optional(),
  /** The subscribed pattern that matched, where a pattern did. */
  pattern: z.string().optional(),
  /** Where the event stands among all that the pattern matches: `since` to resume the pattern. */
  pattern_position: position.optional(),
  /** The stored subscriptions of the user that brought it, where no channel or pattern did. */
  subscriptions: z.array(subscriptionId).readonly().optional(),
})

/** Something published, as every receiver sees it. */
export interface ChannelEvent<Event extends string = string, Payload = JsonValue>
  extends Readonly<Omit<z.infer<typeof channelEvent>, 'event' | 'payload'>> {
  readonly event: Event
  readonly payload: Payload
}

/** Server → client. One event of a channel. */
export const eventFrame = frame('event', channelEvent.shape)
/** Server → client. One event of a channel. */
export type EventFrame = Readonly<z.infer<typeof eventFrame>>

/** Why a resume could not be whole; `damaged` events are there, and cannot be read. */
export const recoveryFailure = z.enum(['unknown_epoch', 'trimmed', 'too_many', 'damaged'])
/** Why a resume could not be whole; `damaged` events are there, and cannot be read. */
export type RecoveryFailure = z.infer<typeof recoveryFailure>

/** Events of a list that are there and cannot be read. */
export const eventGap = z.object({
  /** The last position before them. */
  after: position,
  /** The first position behind them. */
  next: position,
  reason: z.literal('damaged'),
})
/** Events of a list that are there and cannot be read. */
export type EventGap = Readonly<z.infer<typeof eventGap>>

/** Why events were left out: the receiver was too slow, or the log no longer holds them. */
export const gapReason = z.enum([...recoveryFailure.options, 'too_slow'])
/** Why events were left out: the receiver was too slow, or the log no longer holds them. */
export type GapReason = z.infer<typeof gapReason>

/** Server → client. Events between two positions did not arrive and will not. */
export const gapFrame = frame('gap', {
  /** The channel; or the pattern, where the log of all that it matches has a hole. */
  channel: z.string(),
  /** The last position before the gap; null where no log is kept. */
  after: position.nullable(),
  /** Where the first event after the gap stands, or will stand; null where no log is kept. */
  next: position.nullable(),
  reason: gapReason,
  /** The subscribed pattern, where events of one channel that it matched were left out. */
  pattern: z.string().optional(),
})
/** Server → client. Events between two positions did not arrive and will not. */
export type GapFrame = Readonly<z.infer<typeof gapFrame>>
