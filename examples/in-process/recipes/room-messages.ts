import type { RealtimeHub } from '@coterie/server'
import { readText } from './read-fields.ts'

/** Makes what members say in rooms a message: who says it and when is for the server to say. */
export function roomMessages(hub: RealtimeHub): void {
  hub.trigger('room:{id}', 'message', ({ input, auth, replace }) => {
    replace({
      sender_id: auth.userId,
      content: readText(input, 'message', 1_000),
      sent_at: new Date(hub.clock.now()).toISOString(),
    })
  })
}
