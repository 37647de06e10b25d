import type { ConnectionId, UserId } from '@coterie/protocol'
import type { TransportKind } from '../ports/transport.ts'
import type { Connection } from './connection.ts'
import type { ConnectionState } from './connection-state.ts'

/** A connection as it is shown to others. */
export interface ConnectionInfo {
  readonly id: ConnectionId
  readonly state: ConnectionState
  /** Null until authenticated. */
  readonly userId: UserId | null
  readonly transport: TransportKind
  /** The channels and patterns it is subscribed to. */
  readonly subscriptions: readonly string[]
  /** Wall time in ms since 1970. */
  readonly connectedAtMs: number
  /** Bytes waiting in the hub and in the transport. */
  readonly queuedBytes: number
  /** True while the connection receives more slowly than it should. */
  readonly isSlow: boolean
  /** Subscriptions that are catching up from their log. */
  readonly behind: number
}

/** Describes a connection as it is now. */
export function describeConnection(connection: Connection): ConnectionInfo {
  const { id, state, principal, transport, connectedAtMs, outbox } = connection
  return {
    id,
    state,
    userId: principal?.userId ?? null,
    transport: transport.kind,
    subscriptions: subscriptionsOf(connection),
    connectedAtMs,
    queuedBytes: outbox.queuedBytes,
    isSlow: outbox.isSlow,
    behind: outbox.behind,
  }
}

function subscriptionsOf({ memberships }: Connection): string[] {
  const subscribed = [...memberships.values()].filter(({ isSubscribed }) => isSubscribed)
  return subscribed.map(({ channel }) => channel)
}
