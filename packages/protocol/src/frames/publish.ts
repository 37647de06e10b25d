import { z } from 'zod'
import { eventName } from './event.ts'
import { channelName, jsonValue, request, wholeText } from './frame.ts'
import { eventId, position } from './scalar.ts'

const MAX_ID_CHARACTERS = 128

/** A sender's own id for an event: repeating it within 5 minutes is idempotent. */
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
  /** Keeps the event beyond its age until a snapshot covers it; needs persistent state. */
  until_snapshot: z.boolean().optional(),
})
/** A `publish` frame, as the server reads it. */
export type PublishRequest = z.infer<typeof publishRequest>

/** Reply to `publish`. */
export const publishReply = z.object({
  /** The event's position; absent on a channel without history. */
  position: position.optional(),
  /** True when this `message_id` was published before; the other fields are its first result. */
  duplicate: z.boolean(),
  id: eventId,
  /** The answer of the application's trigger, if there was one. */
  result: jsonValue.optional(),
})
/** Reply to `publish`. */
export type PublishReply = Readonly<z.infer<typeof publishReply>>
