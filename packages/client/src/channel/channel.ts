import type {
  ChannelContract,
  ChannelEvent,
  EphemeralFrame,
  EventInputsOf,
  EventNameOf,
  EventPayload,
  EventsOf,
  GapFrame,
  HistoryReply,
  PresenceDataOf,
  PresenceInputOf,
  PublishReply,
  RealtimeError,
  StateInputsOf,
  StateObject,
  StateOf,
} from '@coterie/protocol'
import type { Presence, PresenceOption } from '../presence/presence.ts'
import type { Signal } from '../signals/signal.ts'
import type { SharedState } from '../state/shared-state.ts'
import type { Typing } from '../typing/typing.ts'
import type { ChannelReset } from './channel-events.ts'
import type { ChannelFrame } from './channel-frame.ts'
import type { RoomDescription } from './join-reply.ts'
import type { ChannelStatus } from './membership.ts'

/** How a channel is joined. */
export interface ChannelOptions<Contract extends ChannelContract = ChannelContract> {
  /** Number of recent events to start with, when there is no position to resume from. */
  readonly recent?: number
  readonly presence?: PresenceOption<PresenceInputOf<Contract>>
  readonly password?: string
  /** True follows the channel's shared state. @default false */
  readonly state?: boolean
  /** The initial value of the shared state, used while the state is empty. */
  readonly initialState?: StateObject<StateInputsOf<Contract>>
}

/** One use of a channel; ending it does not affect other uses. */
export interface ChannelUse<Contract extends ChannelContract = ChannelContract> {
  /** Settles as `Channel.subscribe` does; it may be left without a handler. */
  readonly joined: Promise<void>
  /**
   * Replaces the options of this use; joins again where they ask for more, or
   * where the channel was refused. Settles as `Channel.subscribe` does.
   */
  ask(options: ChannelOptions<Contract>): Promise<void>
  /** Ends this use; the last use to end leaves the channel. Idempotent. */
  release(): Promise<void>
}

/** How one event is published. */
export interface PublishOptions {
  /** Publishing the same id again within 5 minutes is idempotent. @default a new UUID */
  readonly messageId?: string
  /** At most once, now or never: rejects with `unavailable` when it cannot leave now. */
  readonly volatile?: boolean
  /** The newest volatile event replaces waiting ones with the same key. */
  readonly key?: string
  /** Whether this connection gets the event too. @default true */
  readonly echo?: boolean
  /**
   * Keeps the event in the log, beyond its age and count limits, until a snapshot
   * of the channel covers it; needs persistent shared state. @default false
   */
  readonly untilSnapshot?: boolean
}

/** Which part of a channel's log to read. */
export interface HistoryQuery {
  /** The position to start after; with `reverse`, the position to start before. */
  readonly since?: string
  /** @default 100 */
  readonly limit?: number
  /** Newest first. @default false */
  readonly reverse?: boolean
}

/** An event of a contract: its name determines the type of its payload. */
export type AnyEventOf<Contract extends ChannelContract> = {
  [Event in EventNameOf<Contract>]: ChannelEvent<Event, EventsOf<Contract>[Event]>
}[EventNameOf<Contract>]

/** One channel as this client sees it; the contract serves the type checker alone. */
export interface Channel<out Contract extends ChannelContract = ChannelContract> {
  readonly name: string
  readonly status: Signal<ChannelStatus>
  /** Why the channel was refused. */
  readonly error: Signal<RealtimeError | null>
  /** The room as the server described it at the last join; null when the channel is not a room. */
  readonly room: Signal<RoomDescription | null>
  readonly presence: Presence<PresenceDataOf<Contract>, PresenceInputOf<Contract>>
  readonly typing: Typing
  /** Follows the channel where it is joined with `state: true`. */
  readonly state: SharedState<StateOf<Contract>, StateInputsOf<Contract>>
  /**
   * Joins the channel, and joins again after each disconnect, until `unsubscribe()`.
   *
   * Each `client.channel()` call counts as one subscriber, however often it
   * subscribes. On a channel that is joined already, it asks for the additional
   * options and passes `recent` events to the handlers added since. When the room
   * has become full during a disconnect, the client is refused with `room_full`
   * and joins by itself as soon as there is room.
   *
   * @throws {RealtimeError} when the server refuses, or when the client disconnects or
   * leaves before; a refusal ends the subscription of all users, unless it concerns
   * only the additional options of one user
   */
  subscribe(): Promise<void>
  /**
   * Joins the channel for one holder; ending this use does not end any other.
   *
   * @example
   * const use = channel.use({ state: true })
   * use.release()
   */
  use(options?: ChannelOptions<Contract>): ChannelUse<Contract>
  /**
   * Joins again with the current options and resumes from the last position.
   *
   * Does nothing on a channel without users or without a connection: then the
   * next join takes the options.
   */
  rejoin(): void
  /**
   * Ends the subscription of one user. The last one, when nobody holds a use,
   * leaves the channel and forgets its position; no handler is called afterwards.
   */
  unsubscribe(): Promise<void>
  /** Calls a handler for each event of a name, in order, once; returns its removal. */
  on<Event extends EventNameOf<Contract>>(
    event: Event,
    handler: (event: ChannelEvent<Event, EventsOf<Contract>[Event]>) => void,
  ): () => void
  /** Calls a handler for every event. */
  onAny(handler: (event: AnyEventOf<Contract>) => void): () => void
  /** Reports that missed events are lost: discard what you hold; newer events follow. */
  onReset(handler: (reset: ChannelReset) => void): () => void
  /**
   * Reports that events between two positions could not be delivered and never will be.
   *
   * Called in order, before the event at `next`. The positions are null where the
   * channel keeps no history. On a pattern, `channel` says which channel it was.
   */
  onGap(handler: (gap: GapFrame) => void): () => void
  /** Calls a handler for signals that are not stored: typing, reactions, read positions. */
  onEphemeral(handler: (signal: EphemeralFrame) => void): () => void
  /**
   * Reports each sign that a user is active in the channel, as it arrives: an
   * event, a keystroke, a read mark, a change of the state. The user is given by id.
   * Look at the frame: an `event` with an old `timestamp` was missed and arrives
   * late, and editors renew `yjs:awareness` while their user does nothing.
   */
  onActivity(handler: (userId: string, frame: ChannelFrame) => void): () => void
  /**
   * Marks the channel as read by this user up to an event. The server
   * stores the mark, which never moves back. Without a connection it waits for one.
   *
   * @throws {RealtimeError} the server's refusal (`not_found`: its log does not
   * hold the event), `unavailable`, or `timeout`
   */
  markRead(eventId: string): Promise<void>
  /**
   * Publishes an event, in the order of the calls.
   *
   * It is resent with the same id until the server gives a definite
   * answer; without a connection it waits for one.
   *
   * @throws {RealtimeError} the server's refusal; `limit_exceeded` when too
   * many events wait; `unavailable` when the client disconnects
   */
  publish<Event extends EventNameOf<Contract>, const Given = EventInputsOf<Contract>[Event]>(
    event: Event,
    payload: EventPayload<Contract, Event, Given>,
    options?: PublishOptions,
  ): Promise<PublishReply>
  /**
   * Reads the channel's log.
   *
   * @throws {RealtimeError} the server's refusal, or `timeout`
   */
  history(query?: HistoryQuery): Promise<HistoryReply>
}
