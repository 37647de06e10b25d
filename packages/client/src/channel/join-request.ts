import type { SubscribeRequest } from '@coterie/protocol'
import type { ChannelStatus } from './membership.ts'

/** Tells whether a join would ask for more than the last one, accepted or under way. */
export function asksForMore(
  wanted: SubscribeRequest,
  asked: SubscribeRequest,
  status: ChannelStatus,
): boolean {
  // A password is not needed again for a channel that is open already.
  const hasOtherPassword = status !== 'joined' && wanted.password !== asked.password
  return (
    hasOtherPassword ||
    (wanted.state === true && asked.state !== true) ||
    (wanted.initial_state !== undefined && asked.initial_state === undefined) ||
    shareOf(wanted.presence) > shareOf(asked.presence)
  )
}

function shareOf(presence: SubscribeRequest['presence']): number {
  if (presence === 'follow') return 1
  return presence === undefined || presence === false ? 0 : 2
}
