import type { Connections } from '../../core/connections.ts'
import type { Ids } from '../../core/ids.ts'
import { ConnectionAdministration } from './connection-administration.ts'
import type { ConnectionService, SseService, WebSocketService } from './connection-service.ts'
import { OutgoingMessages } from './outgoing-messages.ts'
import { StreamEvents } from './stream-events.ts'

/** What the application does with connections, past their channels. */
export interface ConnectionServices {
  readonly connections: ConnectionService
  readonly webSockets: WebSocketService
  readonly sse: SseService
}

/**
 * Makes the services that look at connections and send to them.
 *
 * @param maxFrameBytes what one message or event may have on its way to a client
 */
export function createConnectionServices(
  connections: Connections,
  ids: Ids,
  maxFrameBytes: number,
): ConnectionServices {
  return {
    connections: new ConnectionAdministration(connections),
    webSockets: new OutgoingMessages(connections, ids, maxFrameBytes),
    sse: new StreamEvents(connections, ids, maxFrameBytes),
  }
}
