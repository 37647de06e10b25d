import { checkOption, checkWholeNumber, isOfLength } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'
import { createSignal, deriveSignal, type Signal } from '../signals/signal.ts'
import { checkRoomOptions } from './check-room-options.ts'
import { createNotMemberError } from './not-member.ts'
import { readRecord } from './read-record.ts'
import { type AnyPayload, createMessage } from './realtime-message.ts'
import type { WebSocketClient } from './websocket-client.ts'

const HISTORY_SIZE = 100
const PREFIX = 'broadcast:'
const MAX_CHANNEL_CHARACTERS = 100 - PREFIX.length

/**
 * A broadcast message. An object gets a `timestamp`: when the server accepted it,
 * in ms since 1970, which replaces any value of the sender.
 */
export type Broadcast<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? Omit<T, 'timestamp'> & { readonly timestamp: number }
    : T

/** Where to broadcast. */
export interface UseBroadcastOptions {
  readonly client: WebSocketClient
  readonly room: string
  /** A name within the room: 1–90 characters. Only users of the same name receive messages. */
  readonly channel: string
  /** Number of messages in `history`; older ones are dropped. @default 100 */
  readonly historySize?: number
}

/** Messages of one kind within a room. */
export interface RoomBroadcast<T> {
  /** The latest message; null before the first. */
  readonly lastMessage: Signal<Broadcast<T> | null>
  /** The received messages, including one's own, oldest first. */
  readonly history: Signal<readonly Broadcast<T>[]>
  /**
   * Sends a message to all in the room; without a connection it waits for one.
   * The promise needs no handler: `onError` also reports a refusal.
   *
   * @throws {RealtimeError} the server's refusal; `limit_exceeded` when too many wait
   */
  broadcast(message: T): Promise<void>
  /** Clears the received messages. */
  clear(): void
  /** Stops sending and listening. Idempotent. */
  leave(): void
}

/**
 * Sends and receives messages of one kind within a room.
 *
 * @example
 * const notices = useBroadcast<{ text: string }>({ client, room: 'app', channel: 'notices' })
 * notices.history.subscribe((messages) => console.log(messages.map(({ text }) => text)))
 * notices.broadcast({ text: 'hello' })
 */
export function useBroadcast<T = AnyPayload>(options: UseBroadcastOptions): RoomBroadcast<T> {
  checkRoomOptions('useBroadcast', options)
  const { client, room, channel, historySize = HISTORY_SIZE } = options
  const isNamed = typeof channel === 'string' && isOfLength(channel, 1, MAX_CHANNEL_CHARACTERS)
  checkOption('channel', channel, isNamed, `1 to ${MAX_CHANNEL_CHARACTERS} characters`)
  checkWholeNumber('historySize', historySize, 1)
  const event = `${PREFIX}${channel}`
  const shared = client.room(room)
  const stay = shared.enter({})
  const history = createSignal<readonly Broadcast<T>[]>([])
  let hasLeft = false
  const off = shared.channel.on(event, (heard) => {
    const { payload, timestamp = 0 } = createMessage(room, heard)
    const message = isRecord(payload) ? { ...readRecord(payload), timestamp } : payload
    history.set([...history(), message as Broadcast<T>].slice(-historySize))
  })

  return {
    history,
    lastMessage: deriveSignal([history], (messages) => messages.at(-1) ?? null),
    broadcast: (message) =>
      hasLeft ? shared.refuse(createNotMemberError()) : shared.publish(event, message),
    clear: () => history.set([]),
    leave() {
      hasLeft = true
      off()
      stay.leave()
    },
  }
}
