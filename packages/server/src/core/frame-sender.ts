import { type Err, ok, RealtimeError, type Result } from '@coterie/protocol'
import { refuseStranger } from './access.ts'
import { type Connection, hasUser, type UserConnection } from './connection.ts'
import type { Membership } from './membership.ts'

/** Returns the connection if its user is known. */
export function requireUser(connection: Connection): Result<UserConnection> {
  return hasUser(connection) ? ok(connection) : refuseUnknown(connection)
}

/** Returns the membership of a connection whose client subscribed to a channel. */
export function requireMember({ memberships }: Connection, channel: string): Result<Membership> {
  const membership = memberships.get(channel)
  return membership?.isSubscribed ? ok(membership) : refuseStranger(channel)
}

/** Refuses a frame that needs a user from a connection without one. */
export function refuseUnknown({ notAnonymous }: Connection): Err<RealtimeError> {
  const error = notAnonymous ?? new RealtimeError('unauthorized', 'send auth first')
  return { ok: false, error }
}
