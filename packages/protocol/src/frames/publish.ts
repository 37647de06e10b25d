import { z } from 'zod'
import { eventName } from './event.ts'
import { channelName, jsonValue, request, wholeText } from './frame.ts'
import { eventId, position } from './scalar.ts'

const MAX_ID_CHARACTERS = 128

/** A sender's own id for an event: the same id again, within 5 minutes, is the same event. */
export const messageId = wholeText().min(1).max(MAX_ID_CHARACTERS)

/** Client → server. Publishes an event to a channel. */
export const publishRequest = request('publish', {
  channel: channelName,
  event: eventName,
  payload: jsonValue,
  message_id: messageId.optional(),
  volatile: z.boolean().optional(),
  key: z.string().max(MAX_ID_CHARACTERS).optional(),
  echo: z.boolean().optional(),
  /** The log keeps it past its time, until a snapshot covers it; where the state persists. */
  until_snapshot: z.boolean().optional(),
})
/** A `publish` frame, as the server reads it. */
export type PublishRequest = z.infer<typeof publishRequest>

/** Reply to `publish`. */
export const publishReply = z.object({
  /** Where the event stands; absent on a channel without history. */
  position: position.optional(),
  /** True when this `message_id` was already published; the rest is the first result. */
  duplicate: z.boolean(),
  id: eventId,
  /** What a trigger of the application answered, where one did. */
  result: jsonValue.optional(),
})
/** Reply to `publish`. */
export type PublishReply = Readonly<z.infer<typeof publishReply>>
