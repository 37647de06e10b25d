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
  /** True where none waits, so that the channel may be forgotten. */
  readonly isIdle: boolean
  flush(): void
  cut(): void
  end(error: RealtimeError): void
}

/**
 * What a channel can do besides joining and hearing events, such as presence.
 *
 * The channel tells its parts what happens to it, in the order in which the
 * client was given them. A part has the methods that concern it.
 */
export interface ChannelPart {
  /** What waits for answers of the server. */
  readonly queue?: WaitingRequests
  /** What a join asks for on behalf of the part. */
  readonly wanted?: Partial<SubscribeRequest>
  /** Takes what a user of the channel asks for; what is not named stays. */
  configure?(options: ChannelOptions): void
  /** Asks for nothing with the next join. */
  withdraw?(): void
  /** Notes that a join goes out that asks for what is wanted. */
  asked?(): void
  /** Asks for no more than the last join that the server took. */
  takeBack?(): void
  /** Shows what was asked for since the last join, where that needs no new join. */
  refresh?(): void
  /** Notes that a join is under way, or that the last one is no longer good. */
  joining?(): void
  /** Takes what the server answers to a join, before the queue is sent. */
  joined?(reply: JoinReply): void
  /** Takes a frame of the channel that is not an event of its log. */
  receive?(frame: ChannelFrame): void
  /** Notes that this user published an event that is not volatile. */
  published?(): void
  /** Notes that nothing is heard any more: the link is gone, or the channel was left. */
  cut?(): void
  /** Notes that no link will come until somebody connects, after `cut`; the queue has ended. */
  end?(): void
  /** Notes that the channel was left, by this side or by the server, after `cut`. */
  left?(error: RealtimeError): void
}

/** What a part needs of its channel. */
export interface PartContext {
  readonly name: string
  readonly host: ChannelHost
  readonly count: ListenerCount
  readonly membership: Pick<Membership, 'isMember' | 'mayPublish' | 'joinAgain'>
  /** Knows up to where the log was seen. */
  readonly sequence: Pick<EventSequence, 'since'>
  /** Tells every part that this user published an event that is not volatile. */
  published(): void
}

/** What users of a channel call on each part. */
export interface PartInterfaces {
  readonly publishing: Pick<Channel, 'publish'>
  readonly presence: Presence
  readonly state: SharedState
  readonly typing: Typing
}

/** The name of a part. */
export type PartName = keyof PartInterfaces

/** The parts of one channel; one that is missing throws where it is asked for. */
export type ChannelParts = {
  readonly [Name in PartName]: ChannelPart & PartInterfaces[Name]
}
