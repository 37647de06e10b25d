import type { ConnectionId, JsonValue, Result, UserId } from '@coterie/protocol'

/** Where a connection is in its life. */
export type ConnectionState =
  | 'initializing'
  | 'connecting'
  | 'connected'
  | 'authenticating'
  | 'authenticated'
  | 'disconnecting'
  | 'disconnected'
  | 'error'

/** A connection as others may look at it. */
export interface ConnectionInfo {
  readonly id: ConnectionId
  readonly state: ConnectionState
  /** Null until authenticated. */
  readonly userId: UserId | null
  readonly transport: string
  /** The channels and patterns it is subscribed to. */
  readonly subscriptions: readonly string[]
  /** Wall time in ms since 1970. */
  readonly connectedAtMs: number
  /** Bytes that wait for it. */
  readonly queuedBytes: number
  readonly isSlow: boolean
}

/** Which connections to list. */
export interface ConnectionQuery {
  readonly userId?: string | undefined
  readonly channel?: string | undefined
  /** At most 1,000. @default 100 */
  readonly limit?: number | undefined
  /** The last id of the page before. */
  readonly after?: string | undefined
}

/** Looks at the connections of this node and ends them. */
export interface ConnectionService {
  list(query?: ConnectionQuery): Result<readonly ConnectionInfo[]>
  find(id: string): Result<ConnectionInfo>

  /** Ends a connection with 4503; its client does not come back by itself. */
  disconnect(id: string, reason?: string): Result<void>

  /** Ends all connections of a user; returns how many. */
  disconnectUser(userId: string, reason?: string): Result<number>
}

/** Sends messages that belong to no channel. */
export interface WebSocketService {
  /**
   * Sends a message to one connection. `not_found` when this node has none by that id.
   *
   * @param type what the payload is, such as `text` or `system`
   */
  sendMessage(connectionId: string, type: string, payload: JsonValue): Result<{ id: string }>

  /** Sends a message to every authenticated connection of this node; returns how many. */
  broadcastMessage(type: string, payload: JsonValue): Result<number>
}

/** How pressing an event is. */
export type EventPriority = 'low' | 'normal' | 'high' | 'urgent'

/** What a server-sent event is made of. */
export interface ServerSentEventRequest {
  /** Any name that no frame of the protocol has. No CR, LF or NUL. */
  readonly event: string
  readonly data: string
  /** @default 'normal' */
  readonly priority?: EventPriority | undefined
  /** Tells the browser how long to wait before it reconnects, in ms. */
  readonly retry?: number | undefined
  readonly comment?: string | undefined
}

/** A server-sent event that can be sent. */
export interface ServerSentEvent extends ServerSentEventRequest {
  readonly id: string
  readonly priority: EventPriority
}

/** To whom an event goes. */
export interface EventRecipients {
  /** Connection ids. @default every stream */
  readonly recipients?: readonly string[] | undefined
  /** Connection ids that do not get it, though they are recipients. */
  readonly exclude?: readonly string[] | undefined
}

/** Sends events of the application's own to streams of server-sent events. */
export interface SseService {
  createEvent(request: ServerSentEventRequest): Result<ServerSentEvent>

  /** Sends an event to one stream. `not_found` when this node has none by that id. */
  sendEvent(connectionId: string, event: ServerSentEvent): Result<void>

  /** Sends an event to streams of this node; returns how many it reached. */
  broadcastEvent(event: ServerSentEvent, recipients?: EventRecipients): Result<number>
}
