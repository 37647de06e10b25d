import { userChannel } from '@coterie/protocol'
import type { Client } from '../client/client.ts'
import { createMessage, type RealtimeMessage } from './realtime-message.ts'

/** The type of a message that names none, as the server calls it. */
const PLAIN_TYPE = 'text'

/** Hands over what the server sends to the client's user, in no room. */
export function watchUserMessages(client: Client, hear: (message: RealtimeMessage) => void): void {
  const { clock } = client.environment
  client.onFrame('message', ({ event: type = PLAIN_TYPE, payload }) => {
    hear({ type, payload, timestamp: clock.now() })
  })
  client.onFrame('notification', ({ payload }) => {
    const timestamp = Date.parse(payload.created_at)
    hear({ type: 'notification', payload, timestamp })
  })
  client.onFrame('event', (event) => hear(createMessage(undefined, event)))

  // The server joins each connection to its user's channel by itself.
  let stop = (): void => {}
  const follow = (userId: string | null): void => {
    stop()
    if (userId === null) return
    const channel = client.channel(userChannel(userId))
    stop = channel.onAny((event) => hear(createMessage(undefined, event)))
  }
  client.userId.subscribe(follow)
}
