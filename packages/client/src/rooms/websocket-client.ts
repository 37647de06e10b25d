import type { JsonLike, RealtimeError } from '@coterie/protocol'
import type { Client } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import { ReclaimingMap } from '../client/reclaiming-map.ts'
import type { ClientStatus } from '../connection/connection-phase.ts'
import type { ClientClock } from '../connection/environment.ts'
import { completeEnvironment } from '../connection/platform.ts'
import { ListenerSet } from '../signals/listener-set.ts'
import { createSignal, deriveSignal, type Signal } from '../signals/signal.ts'
import { type AnyPayload, createMessage, type RealtimeMessage } from './realtime-message.ts'
import { ServerTime } from './server-time.ts'
import { SharedRoom } from './shared-room.ts'
import { watchUserMessages } from './user-messages.ts'
import {
  nameOptions,
  toClientOptions,
  type WebSocketClientOptions,
} from './websocket-client-options.ts'

const NORMAL_CLOSURE = 1000

/** The state of a `WebSocketClient`'s connection. */
export type ConnectionStatus = 'connecting' | 'connected' | 'disconnected' | 'reconnecting'

/** Handles messages of one type: the payload, and the message that carried it. */
export type MessageHandler<Payload = AnyPayload> = (
  payload: Payload,
  message: RealtimeMessage<Payload>,
) => void

/**
 * A client for rooms: `usePresence`, `useCursors`, `useRoom` and `useBroadcast`
 * share its single connection and its rooms.
 *
 * @example
 * const client = new WebSocketClient({ url: 'wss://api.example.com/api/realtime/ws', token })
 * client.on('chat:message', ({ text }) => console.log(text))
 * client.connect()
 */
export class WebSocketClient {
  readonly status: Signal<ConnectionStatus>
  /** The latest message; null before the first. */
  readonly lastMessage: Signal<RealtimeMessage | null>
  /** The user of this connection; null until the server first names one. */
  readonly userId: Signal<string | null>
  /** Called for every message of a joined room or to this user alone. */
  onMessage: ((message: RealtimeMessage) => void) | null
  /** Tells the time to code built on this client. */
  readonly clock: ClientClock
  /** Converts the server's times to this client's clock. */
  readonly serverTime: ServerTime
  /** The underlying client, for everything outside rooms. */
  readonly connection: Client

  readonly #options: WebSocketClientOptions
  readonly #reportError: (error: unknown) => void
  readonly #lastMessage = createSignal<RealtimeMessage | null>(null)
  readonly #handlers = new Map<string, ListenerSet<RealtimeMessage>>()
  readonly #rooms = new ReclaimingMap<SharedRoom>()

  /** @throws {TypeError} naming the invalid option and its valid values */
  constructor(options: WebSocketClientOptions) {
    const environment = completeEnvironment(options.environment)
    this.#options = options
    this.#reportError = environment.reportError
    this.clock = environment.clock
    this.serverTime = new ServerTime(environment.clock)
    this.onMessage = options.onMessage ?? null
    try {
      this.connection = createClient(toClientOptions(options))
    } catch (error) {
      throw nameOptions(error)
    }
    this.status = deriveSignal([this.connection.status], statusOf)
    this.userId = this.connection.userId
    this.lastMessage = this.#lastMessage
    this.#watch()
  }

  /** Connects, unless it is connected or connecting. */
  connect(): void {
    // With another token, a room that was refused may be granted.
    if (this.status() === 'disconnected') {
      for (const room of this.#rooms.values()) room.tryAgain()
    }
    this.connection.connect()
  }

  /** Closes without reconnecting; a later `connect()` enters the rooms again. */
  disconnect(): void {
    this.connection.disconnect()
  }

  /**
   * Sends a message to a room, or without a room to the server's application;
   * without a connection it waits for one.
   *
   * A room accepts messages from its members only: callers that used `useRoom` or
   * a similar hook. The promise needs no handler: `onError` also reports a refusal.
   *
   * @returns the application's answer to a message without a room
   * @throws {TypeError} when the id is not valid for a room
   * @throws {RealtimeError} by the promise: the server's refusal, such as
   * `not_member`; `limit_exceeded` when too many wait for a room; for the
   * application, which may have got it or not, `timeout` and `unavailable`
   */
  send(type: string, payload: unknown, room: string): Promise<void>
  send(type: string, payload: unknown, room?: string): Promise<unknown>
  send(type: string, payload: unknown, room?: string): Promise<unknown> {
    if (room !== undefined) return this.room(room).publish(type, payload)
    const answered = this.connection.sendMessage(type, payload as JsonLike)
    answered.catch((error: RealtimeError) => this.#complain(error))
    return answered
  }

  /**
   * Handles the messages of one type, of all joined rooms and to this user
   * alone; the returned function stops that.
   *
   * Messages to the user are those of the application to their connections, under
   * their channel `user:<id>` or by a stored subscription, and notifications, as
   * `notification`. They have no `room`.
   *
   * In a room whose presence a hook follows, `user_joined` and `user_left` report
   * each user, as `{user_id}`: once, whatever the number of their tabs.
   */
  on<Payload = AnyPayload>(type: string, handler: MessageHandler<Payload>): () => void {
    const handlers = this.#handlers.get(type) ?? new ListenerSet<RealtimeMessage>(this.#reportError)
    this.#handlers.set(type, handlers)
    const off = handlers.add((message) => handler(message.payload, message))
    return () => {
      off()
      if (handlers.isEmpty && this.#handlers.get(type) === handlers) this.#handlers.delete(type)
    }
  }

  /**
   * Returns a room, the same object for each call; it is joined while in use.
   *
   * @throws {TypeError} when the id is not valid for a room
   */
  room(id: string): SharedRoom {
    const room = this.#rooms.get(id) ?? this.#createRoom(id)
    this.#rooms.keep(id, room)
    return room
  }

  #createRoom(id: string): SharedRoom {
    const announce = (type: string, userId: string): void => {
      const payload = { user_id: userId }
      this.#receive({ type, payload, room: id, timestamp: this.clock.now() })
    }
    const room = new SharedRoom(id, this.connection, {
      onError: (error) => this.#complain(error),
      onJoined: (userId) => announce('user_joined', userId),
      onLeft: (userId) => announce('user_left', userId),
      onEvent: (event) => this.#receive(createMessage(id, event)),
      onUsed: () => this.#rooms.keep(id, room),
    })
    return room
  }

  #receive(message: RealtimeMessage): void {
    this.#lastMessage.set(message)
    this.#handlers.get(message.type)?.emit(message)
    this.onMessage?.(message)
  }

  #watch(): void {
    this.connection.onFrame('ping', ({ timestamp }) => this.serverTime.heard(timestamp))
    watchUserMessages(this.connection, (message) => this.#receive(message))
    const { status, error } = this.connection
    const { onOpen, onClose } = this.#options
    let wasConnected = false
    status.subscribe((now) => {
      if (wasConnected === (now === 'connected')) return
      wasConnected = now === 'connected'
      if (wasConnected) onOpen?.()
      else onClose?.({ ...describeClosure(error()), willReconnect: now === 'reconnecting' })
    })
    error.subscribe((cause) => {
      if (cause) this.#complain(cause)
    })
  }

  // Also called for rejected promises, which must not end the process.
  #complain(problem: RealtimeError): void {
    try {
      this.#options.onError?.(problem)
    } catch (error) {
      this.#reportError(error)
    }
  }
}

function statusOf(status: ClientStatus): ConnectionStatus {
  return status === 'idle' || status === 'refused' ? 'disconnected' : status
}

function describeClosure(error: RealtimeError | null) {
  if (!error) return { code: NORMAL_CLOSURE, reason: '' }
  const code = error.details?.close_code
  return { code: typeof code === 'number' ? code : null, reason: error.message }
}
