import type { ChannelEvent } from '@coterie/protocol'

/** A payload whose shape only its sender and its receivers know. */
// biome-ignore lint/suspicious/noExplicitAny: with unknown, no receiver could read it without a cast
export type AnyPayload = any

/** A message of a room, or to this user alone. */
export interface RealtimeMessage<Payload = AnyPayload> {
  readonly type: string
  readonly payload: Payload
  /** The room of the message; absent when it was sent to this user alone. */
  readonly room?: string
  /** The sender's id, as the server verified it; absent when the server sent it. */
  readonly from?: string
  /** When the server accepted it, else when it arrived, in ms since 1970. */
  readonly timestamp?: number
}

/** Makes a message from an event; without a room it is a message to this user. */
export function createMessage(room: string | undefined, event: ChannelEvent): RealtimeMessage {
  const { event: type, payload, from } = event
  const timestamp = Date.parse(event.timestamp)
  return {
    type,
    payload,
    ...(room !== undefined && { room }),
    ...(typeof from?.user_id === 'string' && { from: from.user_id }),
    ...(Number.isFinite(timestamp) && { timestamp }),
  }
}
