import { userChannel } from '@coterie/protocol'
import type { Client } from '../client/client.ts'
import { createMessage, type RealtimeMessage } from './realtime-message.ts'

/** The server's name for the type of a message without one. */
const PLAIN_TYPE = 'text'

/** Reports what the server sends to the client's user outside all rooms. */
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

  // The server joins each connection to its user's channel without a request.
  let stop = (): void => {}
  const follow = (userId: string | null): void => {
    stop()
    if (userId === null) return
    const channel = client.channel(userChannel(userId))
    stop = channel.onAny((event) => hear(createMessage(undefined, event)))
  }
  client.userId.subscribe(follow)
}
