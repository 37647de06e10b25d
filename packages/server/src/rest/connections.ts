import { isoTime } from '../core/iso-time.ts'
import type {
  ConnectionInfo,
  ConnectionService,
  WebSocketService,
} from '../features/connections/connection-service.ts'
import {
  broadcastMessage,
  endConnection,
  endUserConnections,
  getConnection,
  listConnections,
  sendMessage,
} from './contracts/connections.ts'
import { linkNextPage } from './next-page.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets an operator view and end the connections of this node. */
export function serveConnections(router: RestRouter, connections: ConnectionService): void {
  router.serve(listConnections, (context) => {
    const { user_id: userId, ...query } = context.req.valid('query')
    const listed = unwrap(connections.list({ ...query, userId }))
    const last = listed.length === query.limit ? listed.at(-1) : undefined
    if (last) linkNextPage(context, { after: last.id })
    return context.json(listed.map(describeConnection), 200)
  })

  router.serve(getConnection, (context) => {
    const { id } = context.req.valid('param')
    return context.json(describeConnection(unwrap(connections.find(id))), 200)
  })

  router.serve(endConnection, (context) => {
    unwrap(connections.disconnect(context.req.valid('param').id))
    return context.body(null, 204)
  })

  router.serve(endUserConnections, (context) => {
    const { id } = context.req.valid('param')
    return context.json({ disconnected: unwrap(connections.disconnectUser(id)) }, 200)
  })
}

/** Lets an application send messages without a channel. */
export function serveMessages(router: RestRouter, messages: WebSocketService): void {
  router.serve(sendMessage, (context) => {
    const { id } = context.req.valid('param')
    const { type, payload } = context.req.valid('json')
    return context.json({ id: unwrap(messages.sendMessage(id, type, payload)).id }, 200)
  })

  router.serve(broadcastMessage, (context) => {
    const { type, payload } = context.req.valid('json')
    return context.json(unwrap(messages.broadcastMessage(type, payload)), 200)
  })
}

function describeConnection(connection: ConnectionInfo) {
  const { id, state, transport, subscriptions, behind } = connection
  return {
    id,
    state,
    user_id: connection.userId,
    transport,
    subscriptions,
    connected_at: isoTime(connection.connectedAtMs),
    queued_bytes: connection.queuedBytes,
    is_slow: connection.isSlow,
    behind,
  }
}
