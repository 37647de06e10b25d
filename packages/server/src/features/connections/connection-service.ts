import type { Jsonable, Result } from '@coterie/protocol'
import type { ConnectionInfo } from '../../core/describe-connection.ts'

export type { ConnectionInfo }

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
  /** Lists connections in the order of their ids, which is about that of their beginning. */
  list(query?: ConnectionQuery): Result<readonly ConnectionInfo[]>

  /** `not_found` when this node has none by that id. */
  find(id: string): Result<ConnectionInfo>

  /**
   * Ends a connection with 4503; its client does not come back by itself.
   * Repeating it changes nothing.
   *
   * @param reason at most 123 bytes, which is what a WebSocket can carry
   */
  disconnect(id: string, reason?: string): Result<void>

  /** Ends all connections of a user as above; returns how many. */
  disconnectUser(userId: string, reason?: string): Result<number>
}

/** Sends messages that belong to no channel. */
export interface WebSocketService {
  /**
   * Sends a message to one connection, whatever carries it. `not_found` when
   * this node has none by that id, `conflict` before it is authenticated.
   *
   * @param type what the payload is, such as `text` or `system`: the frame's
   * `event`, which `text` leaves out
   */
  sendMessage<const Given>(
    connectionId: string,
    type: string,
    payload: Jsonable<Given>,
  ): Result<{ id: string }>

  /** Sends a message to every authenticated connection of this node; returns how many. */
  broadcastMessage<const Given>(type: string, payload: Jsonable<Given>): Result<number>
}

/** How urgent an event is. */
export type EventPriority = 'low' | 'normal' | 'high' | 'urgent'

/** The fields of a server-sent event. */
export interface ServerSentEventRequest {
  /** Any name of at most 100 characters that no frame of the protocol has. No CR, LF or NUL. */
  readonly event: string
  /** Any text; what the stream makes of the event is at most as large as a frame. */
  readonly data: string
  /** A slow receiver may miss what is `low`. @default 'normal' */
  readonly priority?: EventPriority | undefined
  /** Tells the browser how long to wait before it reconnects, in ms. */
  readonly retry?: number | undefined
  /** One line that readers of the stream skip. No CR, LF or NUL. */
  readonly comment?: string | undefined
}

/** A server-sent event that can be sent. */
export interface ServerSentEvent extends ServerSentEventRequest {
  /**
   * Names it, also on streams that list no channels. On others the `id` is the
   * positions of their channels, which a browser sends back to resume.
   */
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
