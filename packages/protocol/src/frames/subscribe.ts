import { z } from 'zod'
import { channelEvent, eventGap, recoveryFailure } from './event.ts'
import { channelName as channel, frame, request } from './frame.ts'
import { MAX_HISTORY_EVENTS, since } from './history.ts'
import { presenceAppearance, presenceReplyFields } from './presence.ts'
import { roomReplyFields } from './room.ts'
import { errorCode, position } from './scalar.ts'
import { stateReplyFields, stateValues } from './state.ts'

/** Client → server. Joins a channel; `since` resumes from a position seen before. */
export const subscribeRequest = request('subscribe', {
  channel,
  since: since.optional(),
  recent: z.int().min(0).max(MAX_HISTORY_EVENTS).optional(),
  password: z.string().max(1_024).optional(),
  presence: z.union([z.boolean(), z.literal('follow'), presenceAppearance]).optional(),
  state: z.boolean().optional(),
  initial_state: stateValues.optional(),
})
/** A `subscribe` frame, as the server reads it. */
export type SubscribeRequest = z.infer<typeof subscribeRequest>

/** The fields that features add to the reply of `subscribe`, each on request. */
const featureFields = { ...presenceReplyFields, ...stateReplyFields, ...roomReplyFields }

/** The name of a field that a feature adds to the reply of `subscribe`. */
export type SubscribeReplyPart = keyof typeof featureFields

/** Reply to `subscribe`; live delivery has begun when it arrives. */
export const subscribeReply = z.object({
  channel: z.string(),
  /** The newest position that `events` covers; null on a channel without history. */
  position: position.nullable(),
  /** True when all missed events arrive: in `events`, and the rest in later `event` frames. */
  recovered: z.boolean(),
  reason: recoveryFailure.optional(),
  /** Where damaged events are missing from `events`. */
  gaps: z.array(eventGap.readonly()).readonly().optional(),
  events: z.array(channelEvent.readonly()).readonly(),
  ...featureFields,
})
/** Reply to `subscribe`; live delivery has begun when it arrives. */
export type SubscribeReply = Readonly<z.infer<typeof subscribeReply>>

/** Client → server. Leaves a channel. */
export const unsubscribeRequest = request('unsubscribe', { channel })
/** An `unsubscribe` frame, as the server reads it. */
export type UnsubscribeRequest = z.infer<typeof unsubscribeRequest>

/** Reply to `unsubscribe`. */
export const unsubscribeReply = z.object({ channel: z.string() })
/** Reply to `unsubscribe`. */
export type UnsubscribeReply = Readonly<z.infer<typeof unsubscribeReply>>

/** Server → client. The server ended a subscription. */
export const unsubscribedFrame = frame('unsubscribed', {
  channel: z.string(),
  code: errorCode,
  reason: z.string(),
})
/** Server → client. The server ended a subscription. */
export type UnsubscribedFrame = Readonly<z.infer<typeof unsubscribedFrame>>
