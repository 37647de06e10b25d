import {
  CLOSE_CODES,
  canonicalChannel,
  cutText,
  HALF_CHARACTER,
  ok,
  type Result,
  refuse,
} from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Connections } from '../../core/connections.ts'
import { describeConnection } from '../../core/describe-connection.ts'
import { refuseField } from '../../core/field-problem.ts'
import type { ConnectionInfo, ConnectionQuery, ConnectionService } from './connection-service.ts'

const DEFAULT_LISTED = 100
const MAX_LISTED = 1_000
/** Bytes of a close frame beside its code: RFC 6455, section 5.5. */
const MAX_REASON_BYTES = 123
const DEFAULT_REASON = 'disconnected by the application'

/** Looks at the connections of this node and ends them, for the application. */
export class ConnectionAdministration implements ConnectionService {
  readonly #connections: Connections

  constructor(connections: Connections) {
    this.#connections = connections
  }

  list({
    userId,
    channel,
    limit = DEFAULT_LISTED,
    after,
  }: ConnectionQuery = {}): Result<readonly ConnectionInfo[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LISTED) {
      return refuseField(`limit: a whole number from 1 to ${MAX_LISTED}`)
    }
    const place = channel === undefined ? undefined : canonicalChannel(channel)
    const isListed = ({ id, principal, memberships }: Connection): boolean =>
      (after === undefined || id > after) &&
      (userId === undefined || principal?.userId === userId) &&
      (place === undefined || memberships.get(place)?.isSubscribed === true)
    const listed = [...this.#connections].filter(isListed)
    listed.sort((one, other) => (one.id < other.id ? -1 : 1))
    return ok(listed.slice(0, limit).map(describeConnection))
  }

  find(id: string): Result<ConnectionInfo> {
    const connection = this.#connections.find(id)
    return connection ? ok(describeConnection(connection)) : refuseUnknown(id)
  }

  disconnect(id: string, reason = DEFAULT_REASON): Result<void> {
    const checked = checkReason(reason)
    if (!checked.ok) return checked
    const connection = this.#connections.find(id)
    if (!connection) return refuseUnknown(id)
    connection.close(CLOSE_CODES.refused, reason)
    return ok(undefined)
  }

  disconnectUser(userId: string, reason = DEFAULT_REASON): Result<number> {
    const checked = checkReason(reason)
    if (!checked.ok) return checked
    // One that is anonymous until it acts is not yet counted for its user.
    const ended = [...this.#connections].filter(
      (connection) => connection.principal?.userId === userId && connection.isActive(),
    )
    for (const connection of ended) connection.close(CLOSE_CODES.refused, reason)
    return ok(ended.length)
  }
}

function checkReason(reason: string): Result<void> {
  if (!reason.isWellFormed()) return refuseField(`reason: ${HALF_CHARACTER}`)
  if (Buffer.byteLength(reason) <= MAX_REASON_BYTES) return ok(undefined)
  return refuseField(`reason: at most ${MAX_REASON_BYTES} bytes as UTF-8`, 'too_large')
}

function refuseUnknown(id: string): ReturnType<typeof refuse> {
  return refuse('not_found', `this node has no connection ${JSON.stringify(cutText(id, 64))}`)
}
