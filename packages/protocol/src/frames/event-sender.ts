import type { ConnectionId, UserId } from '../ids.ts'

/** Who sent an event. */
export interface EventSender {
  readonly user_id: UserId
  readonly connection_id: ConnectionId
}
