import { z } from 'zod'
import type { EventId, SubscriptionId } from '../ids.ts'
import type { EventSender } from './event-sender.ts'
import { channelName as channel, frame, type JsonValue, jsonValue, wholeText } from './frame.ts'
import { type PresenceEntry, presenceAppearance } from './presence.ts'
import { type StateSnapshot, stateValues } from './state.ts'

const MAX_EVENT_NAME_CHARACTERS = 100
const MAX_ID_CHARACTERS = 128
const MAX_HISTORY_EVENTS = 1_000

const position = z.string().max(128)

/** The name of an event, which says what its payload means. */
export const eventName = wholeText().min(1).max(MAX_EVENT_NAME_CHARACTERS)

/** A sender's own id for an event: the same id again, within 5 minutes, is the same event. */
export const messageId = wholeText().min(1).max(MAX_ID_CHARACTERS)

/** Client → server. Joins a channel, from `since` where one position was seen before. */
export const subscribe = frame('subscribe', {
  channel,
  since: position.optional(),
  recent: z.int().min(0).max(MAX_HISTORY_EVENTS).optional(),
  password: z.string().max(1_024).optional(),
  presence: z.union([z.boolean(), z.literal('follow'), presenceAppearance]).optional(),
  state: z.boolean().optional(),
  initial_state: stateValues.optional(),
})
export type SubscribeRequest = z.infer<typeof subscribe>

/** Why a resume could not be whole; `damaged` events are there, and cannot be read. */
export type RecoveryFailure = 'unknown_epoch' | 'trimmed' | 'too_many' | 'damaged'

/** Reply to `subscribe`; live delivery has begun when it comes. */
export interface SubscribeReply {
  readonly channel: string
  /** The newest position that `events` covers; null on a channel without history. */
  readonly position: string | null
  /** True when all that was missed comes: in `events`, and what is more in `event` frames behind. */
  readonly recovered: boolean
  readonly reason?: RecoveryFailure
  /** Where `events` leaves some out that are damaged. */
  readonly gaps?: readonly EventGap[]
  readonly events: readonly ChannelEvent[]
  /** Empty where there are too many: then `presence_count` says how many. */
  readonly presence?: readonly PresenceEntry[]
  readonly presence_count?: number
  /**
   * The server has begun anew and knows only who has come back since. Whoever
   * was seen before `epoch` began may be on the way for another `ms`.
   */
  readonly presence_returning?: { readonly epoch: string; readonly ms: number }
  readonly state?: StateSnapshot
}

/** Client → server. Leaves a channel. */
export const unsubscribe = frame('unsubscribe', { channel })
export type UnsubscribeRequest = z.infer<typeof unsubscribe>

/** Client → server. Publishes an event to a channel. */
export const publish = frame('publish', {
  channel,
  event: eventName,
  payload: jsonValue,
  message_id: messageId.optional(),
  volatile: z.boolean().optional(),
  key: z.string().max(MAX_ID_CHARACTERS).optional(),
  echo: z.boolean().optional(),
  /** The log keeps it past its time, until a snapshot covers it; where the state persists. */
  until_snapshot: z.boolean().optional(),
})
export type PublishRequest = z.infer<typeof publish>

/** Reply to `publish`. */
export interface PublishReply {
  /** Where the event stands; absent on a channel without history. */
  readonly position?: string
  /** True when this `message_id` was already published; the rest is the first result. */
  readonly duplicate: boolean
  readonly id: EventId
  /** What a trigger of the application answered, where one did. */
  readonly result?: JsonValue
}

/** Client → server. Reads a channel's log, oldest first unless reversed. */
export const history = frame('history', {
  channel,
  since: position.optional(),
  limit: z.int().min(1).max(MAX_HISTORY_EVENTS).default(100),
  reverse: z.boolean().default(false),
})
export type HistoryRequest = z.infer<typeof history>

/** Reply to `history`. */
export interface HistoryReply {
  readonly events: readonly ChannelEvent[]
  /** The newest position of the log; null on a channel without history. */
  readonly position: string | null
  /** Where `events` leaves some out that are damaged. */
  readonly gaps?: readonly EventGap[]
}

/** Events of a list that are there and cannot be read. */
export interface EventGap {
  /** The last position before them. */
  readonly after: string
  /** The first position behind them. */
  readonly next: string
  readonly reason: 'damaged'
}

/** Something published, as every receiver sees it. */
export interface ChannelEvent<Event extends string = string, Payload = JsonValue> {
  readonly channel: string
  readonly event: Event
  readonly payload: Payload
  /** Null when the server published it. */
  readonly from: EventSender | null
  readonly id: EventId
  /** ISO 8601 UTC with milliseconds. */
  readonly timestamp: string
  readonly position?: string
  /** The subscribed pattern that matched, where a pattern did. */
  readonly pattern?: string
  /** Where the event stands among all that the pattern matches: `since` to resume the pattern. */
  readonly pattern_position?: string
  /** The stored subscriptions of the user that brought it, where no channel or pattern did. */
  readonly subscriptions?: readonly SubscriptionId[]
}

/** Server → client. One event of a channel. */
export interface EventFrame extends ChannelEvent {
  readonly type: 'event'
}

/** Why events were left out: the receiver was too slow, or the log no longer holds them. */
export type GapReason = RecoveryFailure | 'too_slow'

/** Server → client. Events between two positions did not arrive and will not. */
export interface GapFrame {
  readonly type: 'gap'
  /** The channel; or the pattern, where the log of all that it matches has a hole. */
  readonly channel: string
  /** The last position before the gap; null where no log is kept. */
  readonly after: string | null
  /** Where the first event after the gap stands, or will stand; null where no log is kept. */
  readonly next: string | null
  readonly reason: GapReason
  /** The subscribed pattern, where events of one channel that it matched were left out. */
  readonly pattern?: string
}

/** Server → client. The server ended a subscription. */
export interface UnsubscribedFrame {
  readonly type: 'unsubscribed'
  readonly channel: string
  readonly code: string
  readonly reason: string
}
