import { z } from 'zod'
import { eventSender } from './event-sender.ts'
import { frame, type JsonValue, jsonValue, wholeText } from './frame.ts'
import { eventId, position, subscriptionId, timestamp } from './scalar.ts'

const MAX_EVENT_NAME_CHARACTERS = 100

/** The name of an event, which determines the meaning of its payload. */
export const eventName = wholeText().min(1).max(MAX_EVENT_NAME_CHARACTERS)

/** A published event, as every receiver gets it. */
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
  /** The subscribed pattern, when the event matched one. */
  pattern: z.string().optional(),
  /** The event's position in the pattern's log: the `since` for resuming the pattern. */
  pattern_position: position.optional(),
  /** The user's stored subscriptions that matched, when no channel or pattern did. */
  subscriptions: z.array(subscriptionId).readonly().optional(),
})

/** A published event, as every receiver gets it. */
export interface ChannelEvent<Event extends string = string, Payload = JsonValue>
  extends Readonly<Omit<z.infer<typeof channelEvent>, 'event' | 'payload'>> {
  readonly event: Event
  readonly payload: Payload
}

/** Server → client. One event of a channel. */
export const eventFrame = frame('event', channelEvent.shape)
/** Server → client. One event of a channel. */
export type EventFrame = Readonly<z.infer<typeof eventFrame>>

/** Why a resume was incomplete; `damaged` events are stored but cannot be read. */
export const recoveryFailure = z.enum(['unknown_epoch', 'trimmed', 'too_many', 'damaged'])
/** Why a resume was incomplete; `damaged` events are stored but cannot be read. */
export type RecoveryFailure = z.infer<typeof recoveryFailure>

/** Stored events that a list leaves out because they cannot be read. */
export const eventGap = z.object({
  /** The last position before them. */
  after: position,
  /** The first position after them. */
  next: position,
  reason: z.literal('damaged'),
})
/** Stored events that a list leaves out because they cannot be read. */
export type EventGap = Readonly<z.infer<typeof eventGap>>

/** Why events were left out: the receiver was too slow, or the log no longer holds them. */
export const gapReason = z.enum([...recoveryFailure.options, 'too_slow'])
/** Why events were left out: the receiver was too slow, or the log no longer holds them. */
export type GapReason = z.infer<typeof gapReason>

/** Server → client. Events between two positions were not and will not be delivered. */
export const gapFrame = frame('gap', {
  /** The channel; or the pattern, when the log of all its channels has a gap. */
  channel: z.string(),
  /** The last position before the gap; null without a log. */
  after: position.nullable(),
  /** The position of the first event after the gap, stored or still to come; null without a log. */
  next: position.nullable(),
  reason: gapReason,
  /** The subscribed pattern, when events of one of its channels were left out. */
  pattern: z.string().optional(),
})
/** Server → client. Events between two positions were not and will not be delivered. */
export type GapFrame = Readonly<z.infer<typeof gapFrame>>
