import type { z } from 'zod'
import { eventName } from './channel.ts'
import { frame, type JsonValue, jsonValue } from './frame.ts'

/** Client → server. Something for the application itself, in no channel. */
export const message = frame('message', {
  payload: jsonValue,
  event: eventName.optional(),
})
export type MessageRequest = z.infer<typeof message>

/** Server → client. Something from the application for this connection, in no channel. */
export interface MessageFrame {
  readonly type: 'message'
  readonly payload: JsonValue
  readonly id: string
  /** What the payload is; absent for plain ones, of type `text`. */
  readonly event?: string
}
