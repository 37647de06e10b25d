import { RealtimeError } from '@coterie/protocol'

/** Makes the error of who sends to a room without being in it, as the server would. */
export function createNotMemberError(): RealtimeError {
  return new RealtimeError('not_member', 'Not a member of this room')
}
