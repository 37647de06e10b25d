import { RealtimeError } from '@coterie/protocol'

/** Makes the server's error for a user who sends to a room without being a member. */
export function createNotMemberError(): RealtimeError {
  return new RealtimeError('not_member', 'Not a member of this room')
}
