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
  /** Events to begin with, where there is nothing to resume. */
  readonly recent?: number
  readonly presence?: PresenceOption<PresenceInputOf<Contract>>
  readonly password?: string
  /** True follows the channel's shared state. @default false */
  readonly state?: boolean
  /** What the shared state begins with where it is empty. */
  readonly initialState?: StateObject<StateInputsOf<Contract>>
}

/** One use of a channel; ending it does not affect other uses. */
export interface ChannelUse<Contract extends ChannelContract = ChannelContract> {
  /** Settles as `Channel.subscribe` does; nobody has to wait for it. */
  readonly joined: Promise<void>
  /**
   * Asks for something else than before; joins anew where that is more, or
   * where the channel was refused. Settles as `Channel.subscribe` does.
   */
  ask(options: ChannelOptions<Contract>): Promise<void>
  /** Ends this part; the channel is left with the last. Idempotent. */
  release(): Promise<void>
}

/** How one event is published. */
export interface PublishOptions {
  /** The same id again, within 5 minutes, is the same event. @default a new UUID */
  readonly messageId?: string
  /** At most once, now or never: rejects with `unavailable` when it cannot leave now. */
  readonly volatile?: boolean
  /** Of volatile events with the same key only the newest counts. */
  readonly key?: string
  /** Whether this connection gets the event too. @default true */
  readonly echo?: boolean
  /**
   * Keeps the event in the log past its time and number, until a snapshot of
   * the channel covers it; where its shared state persists. @default false
   */
  readonly untilSnapshot?: boolean
}

/** Which part of a channel's log to read. */
export interface HistoryQuery {
  /** The position after which to start; with `reverse`, the one before which to. */
  readonly since?: string
  /** @default 100 */
  readonly limit?: number
  /** Newest first. @default false */
  readonly reverse?: boolean
}

/** An event of a contract: its name tells what its payload is. */
export type AnyEventOf<Contract extends ChannelContract> = {
  [Event in EventNameOf<Contract>]: ChannelEvent<Event, EventsOf<Contract>[Event]>
}[EventNameOf<Contract>]

/** One channel, as this client sees it; the contract is for the type checker alone. */
export interface Channel<out Contract extends ChannelContract = ChannelContract> {
  readonly name: string
  readonly status: Signal<ChannelStatus>
  /** Why the channel was refused. */
  readonly error: Signal<RealtimeError | null>
  /** What the server said of the room with the last join; null where it is none. */
  readonly room: Signal<RoomDescription | null>
  readonly presence: Presence<PresenceDataOf<Contract>, PresenceInputOf<Contract>>
  readonly typing: Typing
  /** Follows the channel where it is joined with `state: true`. */
  readonly state: SharedState<StateOf<Contract>, StateInputsOf<Contract>>
  /**
   * Joins the channel, and again after every cut, until `unsubscribe()`.
   *
   * Each `client.channel()` counts as one user who subscribes, however often.
   * On a channel that another user has joined it asks for what is more, and
   * hands `recent` events to the handlers that were added since. Who comes back
   * to a room that is full meanwhile is refused with `room_full`, and joins by
   * itself when there is room.
   *
   * @throws {RealtimeError} when the server refuses, or the client or the
   * channel is left before; a refusal ends the subscription of all users, unless
   * it is of what one asks for more than those who are in the channel
   */
  subscribe(): Promise<void>
  /**
   * Joins the channel for one holder, who ends that part without ending another's.
   *
   * @example
   * const use = channel.use({ state: true })
   * use.release()
   */
  use(options?: ChannelOptions<Contract>): ChannelUse<Contract>
  /**
   * Joins anew with the options as they are now, resuming where it was.
   *
   * Nothing on a channel that nobody subscribed, or without a connection: then
   * the next join takes them.
   */
  rejoin(): void
  /**
   * Ends the subscription of one user. The last one, where nobody holds a use,
   * leaves the channel and forgets its position; then nothing more happens.
   */
  unsubscribe(): Promise<void>
  /** Hears every event of one name, in order, once; the returned function ends it. */
  on<Event extends EventNameOf<Contract>>(
    event: Event,
    handler: (event: ChannelEvent<Event, EventsOf<Contract>[Event]>) => void,
  ): () => void
  /** Hears every event. */
  onAny(handler: (event: AnyEventOf<Contract>) => void): () => void
  /** Hears that what was missed cannot be had: forget what you hold, fresh events follow. */
  onReset(handler: (reset: ChannelReset) => void): () => void
  /**
   * Hears that events between two positions could not be delivered, and will not be.
   *
   * Told in order, before the event at `next`. The positions are null where the
   * channel keeps no history. On a pattern, `channel` says which channel it was.
   */
  onGap(handler: (gap: GapFrame) => void): () => void
  /** Hears signals that are not kept: typing, reactions, how far others have read. */
  onEphemeral(handler: (signal: EphemeralFrame) => void): () => void
  /**
   * Hears each sign that a user does something in the channel, as it comes: an
   * event, a keystroke, a reading, a change of the state. Who it is is an id.
   * The frame shows it: an `event` with an old `timestamp` was missed and comes
   * later, and `yjs:awareness` is renewed by editors whose user does nothing.
   */
  onActivity(handler: (userId: string, frame: ChannelFrame) => void): () => void
  /**
   * Says that this user has read up to an event of the channel. The server
   * keeps it; a mark never moves back. Without a connection it waits for one.
   *
   * @throws {RealtimeError} the server's refusal (`not_found`: its log does not
   * hold the event), `unavailable`, or `timeout`
   */
  markRead(eventId: string): Promise<void>
  /**
   * Publishes an event, after those published before it.
   *
   * It is sent again, with the same id, until the server gave a definite
   * answer; without a connection it waits for one.
   *
   * @throws {RealtimeError} the server's refusal; `limit_exceeded` when too
   * many wait; `unavailable` when the client disconnects
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
