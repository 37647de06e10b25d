import {
  checkOption,
  checkOptionsObject,
  DEFAULT_LIMITS,
  err,
  isOfLength,
  type JsonValue,
  messageId,
  ok,
  RealtimeError,
  type Result,
  refuse,
  TokenBucket,
  wholeText,
} from '@coterie/protocol'
import { z } from 'zod'
import type { Clock } from '../../ports/clock.ts'
import type { EphemeralEvent } from '../../ports/realtime-backend.ts'
import type { EphemeralEvents } from './ephemeral-events.ts'

const MAX_STATUS_CHARACTERS = 100
const MAX_MESSAGE_CHARACTERS = 65_536

const bridgeMessage = z.discriminatedUnion('action', [
  z.object({ action: z.literal('typing'), is_typing: z.boolean().default(true) }),
  z.object({
    action: z.literal('presence'),
    status: wholeText().min(1).max(MAX_STATUS_CHARACTERS).default('online'),
  }),
  z.object({ action: z.literal('read'), event_id: messageId }),
])

/** The messages that a bridge sends to its peer. */
export type BridgeOutput =
  | {
      readonly type: 'ephemeral'
      readonly event_type: EphemeralEvent['type']
      readonly user_id: string
      readonly room_id: string
      /** ISO 8601 UTC with milliseconds. */
      readonly timestamp: string
      readonly data: JsonValue
    }
  | { readonly type: 'error'; readonly code: string; readonly message: string }

/** The user and room of a bridge, and how messages reach its peer. */
export interface BridgeRoomOptions {
  readonly roomId: string
  /** The user of the peer, as the application knows; messages cannot change it. */
  readonly userId: string
  /** Sends one message; what it throws is reported, and the next is sent all the same. */
  readonly send: (output: BridgeOutput) => void | Promise<void>
}

/** A peer's part in the ephemeral events of one room. */
export interface RoomBridge {
  /** Resolves when the peer hears the room. @throws {RealtimeError} when it cannot */
  readonly opened: Promise<void>
  /**
   * Takes a message of the peer: a value, or its JSON text. What is no such
   * message is answered with an error. Never throws.
   */
  receive(message: unknown): Promise<void>
  /** Ends the peer's part, and its typing. Repeating it changes nothing. */
  close(): Promise<void>
}

/** What a bridge needs of a hub. */
export interface BridgedHub {
  readonly ephemeral: EphemeralEvents
  readonly clock: Clock
}

/**
 * Joins a peer with a protocol of its own, such as an application's own
 * WebSocket, to the ephemeral events of a room.
 *
 * In come `{action: "typing", is_typing?}`, `{action: "presence", status?}` and
 * `{action: "read", event_id}`; out go `{type: "ephemeral", event_type, user_id,
 * room_id, timestamp, data}` and `{type: "error", code, message}`.
 *
 * @throws {TypeError} for a bad option, naming it
 * @example
 * ```ts
 * const bridge = bridgeRoom(hub, {
 *   roomId: '1',
 *   userId: 'ada',
 *   send: (output) => socket.send(JSON.stringify(output)),
 * })
 * socket.on('message', (text) => bridge.receive(String(text)))
 * socket.on('close', () => bridge.close())
 * ```
 */
export function bridgeRoom(hub: BridgedHub, options: BridgeRoomOptions): RoomBridge {
  checkOptionsObject('bridgeRoom', options)
  const { roomId, userId, send } = options
  checkOption('roomId', roomId, typeof roomId === 'string' && roomId !== '', 'the id of a room')
  checkOption('userId', userId, typeof userId === 'string' && userId !== '', 'the id of a user')
  checkOption('send', send, typeof send === 'function', 'a function')
  const bridge = new Bridge(hub, options)
  // Functions of their own, so that they can be handed to a socket as they are.
  return {
    opened: bridge.opened,
    receive: (message) => bridge.receive(message),
    close: () => bridge.close(),
  }
}

/** One peer in one room. */
class Bridge implements RoomBridge {
  readonly opened: Promise<void>
  readonly #hub: BridgedHub
  readonly #options: BridgeRoomOptions
  /** The window in which the peer types. */
  readonly #source: string
  readonly #rate: TokenBucket
  readonly #subscription: Promise<string>
  #isClosed = false
  #hasTyped = false

  constructor(hub: BridgedHub, options: BridgeRoomOptions) {
    this.#hub = hub
    this.#options = options
    this.#source = hub.ephemeral.createSource()
    const { frames_per_second, frames_burst } = DEFAULT_LIMITS
    this.#rate = new TokenBucket(frames_per_second, frames_burst, hub.clock.elapsed())
    this.#subscription = hub.ephemeral.subscribeRoom(options.roomId, (event) =>
      this.#send(outputOf(event)),
    )
    this.opened = this.#subscription.then(() => {})
    // Whoever does not look at it is told by the answers to what they send.
    this.opened.catch(() => {})
  }

  async receive(message: unknown): Promise<void> {
    if (this.#isClosed) return
    const performed = await this.#perform(message).catch(failed)
    if (performed.ok) return
    const { code, message: reason } = performed.error
    try {
      await this.#send({ type: 'error', code, message: reason })
    } catch {
      // The peer is gone; the application closes the bridge when it learns of it.
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const id = await this.#subscription.catch(() => undefined)
    if (id === undefined) return
    const { ephemeral } = this.#hub
    await ephemeral.unsubscribeRoom(id)
    const { roomId, userId } = this.#options
    if (this.#hasTyped) await ephemeral.publishTyping(roomId, userId, false, {}, this.#source)
  }

  async #perform(message: unknown): Promise<Result<void>> {
    const { ephemeral, clock } = this.#hub
    const { roomId, userId } = this.#options
    if (!this.#rate.take(clock.elapsed())) return refuse('rate_limited', 'too many messages')
    const read = readMessage(message)
    if (!read.ok) return read
    await this.opened
    if (this.#isClosed) return ok(undefined)
    switch (read.value.action) {
      case 'typing':
        this.#hasTyped = true
        return ephemeral.publishTyping(roomId, userId, read.value.is_typing, {}, this.#source)
      case 'presence':
        return ephemeral.publishPresence(roomId, userId, read.value.status)
      case 'read':
        return ephemeral.publishReadReceipt(roomId, userId, read.value.event_id)
    }
  }

  #send(output: BridgeOutput): void | Promise<void> {
    if (!this.#isClosed) return this.#options.send(output)
  }
}

function outputOf({ type, userId, roomId, timestamp, data }: EphemeralEvent): BridgeOutput {
  const event_type = type
  return { type: 'ephemeral', event_type, user_id: userId, room_id: roomId, timestamp, data }
}

function readMessage(message: unknown): Result<z.output<typeof bridgeMessage>> {
  let value = message
  if (typeof message === 'string') {
    if (!isOfLength(message, 0, MAX_MESSAGE_CHARACTERS)) {
      return refuse('too_large', `a message has at most ${MAX_MESSAGE_CHARACTERS} characters`)
    }
    try {
      value = JSON.parse(message)
    } catch (cause) {
      return refuse('bad_frame', 'not a JSON object', { cause })
    }
  }
  const checked = bridgeMessage.safeParse(value)
  if (checked.success) return ok(checked.data)
  const issue = checked.error.issues[0]
  if (issue?.path[0] === 'action') {
    return refuse('unknown_type', 'action: expected "typing", "presence" or "read"')
  }
  return refuse('bad_frame', `${issue?.path.join('.') || 'message'}: ${issue?.message}`)
}

// Internal failures are not shown to the peer.
function failed(error: unknown): Result<never> {
  const isExpected = error instanceof RealtimeError && error.code !== 'unavailable'
  if (isExpected) return err(error)
  const code = error instanceof RealtimeError ? error.code : 'internal'
  return refuse(code, 'the server could not do this now', { cause: error })
}
