import { z } from 'zod'
import { eventName } from './event.ts'
import { frame, jsonValue, request } from './frame.ts'

/** Client → server. A message to the application itself, outside all channels. */
export const messageRequest = request('message', {
  payload: jsonValue,
  event: eventName.optional(),
})
/** A `message` frame, as the server reads it. */
export type MessageRequest = z.infer<typeof messageRequest>

/** Server → client. A message of the application to this connection, outside all channels. */
export const messageFrame = frame('message', {
  payload: jsonValue,
  id: z.string(),
  /** The type of the message; absent for plain ones, of type `text`. */
  event: z.string().optional(),
})
/** Server → client. A message of the application to this connection, outside all channels. */
export type MessageFrame = Readonly<z.infer<typeof messageFrame>>
