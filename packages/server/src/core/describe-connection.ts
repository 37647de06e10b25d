import type { Connection } from '../../core/connection.ts'
import type { ConnectionInfo } from './connection-service.ts'

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
