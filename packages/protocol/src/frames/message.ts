import { z } from 'zod'
import { eventName } from './event.ts'
import { frame, jsonValue, request } from './frame.ts'

/** Client → server. Something for the application itself, in no channel. */
export const messageRequest = request('message', {
  payload: jsonValue,
  event: eventName.optional(),
})
/** A `message` frame, as the server reads it. */
export type MessageRequest = z.infer<typeof messageRequest>

/** Server → client. Something from the application for this connection, in no channel. */
export const messageFrame = frame('message', {
  payload: jsonValue,
  id: z.string(),
  /** What the payload is; absent for plain ones, of type `text`. */
  event: z.string().optional(),
})
/** Server → client. Something from the application for this connection, in no channel. */
export type MessageFrame = Readonly<z.infer<typeof messageFrame>>
