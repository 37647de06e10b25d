import type { RealtimeError, SubscribeRequest } from '@coterie/protocol'
import type { Presence } from '../presence/presence.ts'
import type { ListenerCount } from '../signals/listener-count.ts'
import type { SharedState } from '../state/shared-state.ts'
import type { Typing } from '../typing/typing.ts'
import type { Channel, ChannelOptions } from './channel.ts'
import type { ChannelFrame } from './channel-frame.ts'
import type { ChannelHost } from './channel-host.ts'
import type { EventSequence } from './event-sequence.ts'
import type { JoinReply } from './join-reply.ts'
import type { Membership } from './membership.ts'

/** Requests that wait for an answer; the channel sends, cuts and ends them. */
export interface WaitingRequests {
  /** True when no request waits, so that the channel may be released. */
  readonly isIdle: boolean
  flush(): void
  cut(): void
  end(error: RealtimeError): void
}

/**
 * What a channel can do besides joining and receiving events, such as presence.
 *
 * The channel tells its parts what happens to it, in the order in which the
 * client was given them. A part has the methods that concern it.
 */
export interface ChannelPart {
  /** The requests that wait for the server's answers. */
  readonly queue?: WaitingRequests
  /** The fields that the part adds to a join. */
  readonly wanted?: Partial<SubscribeRequest>
  /** Takes options of a user of the channel; omitted options keep their values. */
  configure?(options: ChannelOptions): void
  /** Adds nothing to the next join. */
  withdraw?(): void
  /** Notes that a join with the wanted fields is being sent. */
  asked?(): void
  /** Restores what the last accepted join asked for. */
  takeBack?(): void
  /** Shows options that changed since the last join, where that needs no new join. */
  refresh?(): void
  /** Notes that a join is under way, or that the last one is no longer valid. */
  joining?(): void
  /** Takes the server's reply to a join, before the queue is sent. */
  joined?(reply: JoinReply): void
  /** Takes a frame of the channel that is not an event of its log. */
  receive?(frame: ChannelFrame): void
  /** Notes that this user published an event that is not volatile. */
  published?(): void
  /** Notes that nothing is received any longer: the link is gone or the channel was left. */
  cut?(): void
  /** Notes, after `cut`, that no link follows until `connect()`; the queue has ended. */
  end?(): void
  /** Notes that the channel was left, by this side or by the server, after `cut`. */
  left?(error: RealtimeError): void
}

/** What a part needs from its channel. */
export interface PartContext {
  readonly name: string
  readonly host: ChannelHost
  readonly count: ListenerCount
  readonly membership: Pick<Membership, 'isMember' | 'mayPublish' | 'joinAgain'>
  /** Knows up to which position the log was seen. */
  readonly sequence: Pick<EventSequence, 'since'>
  /** Tells every part that this user published an event that is not volatile. */
  published(): void
}

/** The methods of each part that users of a channel call. */
export interface PartInterfaces {
  readonly publishing: Pick<Channel, 'publish'>
  readonly presence: Presence
  readonly state: SharedState
  readonly typing: Typing
}

/** The name of a part. */
export type PartName = keyof PartInterfaces

/** The parts of one channel; accessing a missing part throws. */
export type ChannelParts = {
  readonly [Name in PartName]: ChannelPart & PartInterfaces[Name]
}
