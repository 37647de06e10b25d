import type { ChannelEvent } from '@coterie/protocol'

/** What only its sender and its receivers know the shape of. */
// biome-ignore lint/suspicious/noExplicitAny: with unknown, no receiver could read it without a cast
export type AnyPayload = any

/** A message that came from a room, or to this user alone. */
export interface RealtimeMessage<Payload = AnyPayload> {
  readonly type: string
  readonly payload: Payload
  /** The room that it came from; absent where it came to this user alone. */
  readonly room?: string
  /** Id of the user who sent it, as the server says; absent when the server did. */
  readonly from?: string
  /** When the server took it, or where it does not say when it came, in ms since 1970. */
  readonly timestamp?: number
}

/** Makes a message from an event; without a room it is one for this user alone. */
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
