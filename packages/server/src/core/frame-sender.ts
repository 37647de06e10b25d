import { type Err, ok, RealtimeError, type Result } from '@coterie/protocol'
import type { Principal } from '../ports/principal.ts'
import { refuseStranger } from './access.ts'
import type { Connection } from './connection.ts'
import type { Membership } from './membership.ts'

/** A connection that has its user. */
export type UserConnection = Connection & { readonly principal: Principal }

/** A user in a channel, or listening to a pattern, by the client's own subscribe. */
export type Member = Membership & { readonly connection: UserConnection }

/** Returns the connection where its user is known. */
export function requireUser(connection: Connection): Result<UserConnection> {
  return hasUser(connection) ? ok(connection) : refuseUnknown(connection)
}

/** Returns the membership of a connection whose client subscribed to a channel. */
export function requireMember(connection: Connection, channel: string): Result<Member> {
  const membership = connection.memberships.get(channel)
  return membership?.isSubscribed && isOfUser(membership) ? ok(membership) : refuseStranger(channel)
}

/** Refuses what a connection asks for before anybody is behind it. */
export function refuseUnknown({ notAnonymous }: Connection): Err<RealtimeError> {
  const error = notAnonymous ?? new RealtimeError('unauthorized', 'send auth first')
  return { ok: false, error }
}

function hasUser(connection: Connection): connection is UserConnection {
  return connection.principal !== undefined
}

function isOfUser(membership: Membership): membership is Member {
  return hasUser(membership.connection)
}
