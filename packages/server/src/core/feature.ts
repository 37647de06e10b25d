import type {
  ClientFrame,
  ClientFrameType,
  EventId,
  PublishReply,
  RealtimeError,
  ReplyOf,
  Result,
  SubscribeRequest,
} from '@coterie/protocol'
import type { EventRecord, JsonText, MapChange } from '../ports/engine.ts'
import type { TextPieces } from '../ports/transport.ts'
import type { Connection, UserConnection } from './connection.ts'
import type { Membership } from './membership.ts'
import type { Publication } from './publication.ts'
import type { ReplyParts } from './subscribe-reply.ts'

/** What a client frame is answered with. */
export interface Answer<Payload = unknown> {
  /** `pong` carries no payload and is sent without an id too. @default 'reply' */
  readonly type?: 'reply' | 'pong'
  /** The reply's payload. Made at the moment of sending, so that it is not behind what was sent. */
  readonly payload: () => JsonText | TextPieces
  /** Runs directly after the reply was queued. */
  readonly onQueued?: () => void
  /** Is never there; it tells the type checker what `payload` writes. */
  readonly writes?: Payload
}

/** What becomes of a client frame. */
export type Outcome<Payload = unknown> = Result<Answer<Payload>>

/** A client frame of one type. */
export type FrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>

/** The types of client frames that concern a channel. */
export type ChannelFrameType = Extract<ClientFrame, { channel: string }>['type']

/** Handles client frames of one type, whose sender is known as far as the handler needs. */
export type FrameHandler<Type extends ClientFrameType, Sender = UserConnection> = (
  sender: Sender,
  frame: FrameOf<Type>,
  payload: JsonText,
) => Outcome<ReplyOf<Type>> | Promise<Outcome<ReplyOf<Type>>>

/** Makes what a feature adds to the reply of a subscribe, at the moment of sending. */
export type ReplyField = () => ReplyParts

/** Why a connection is no longer in a channel. */
export type LeaveReason = 'unsubscribed' | 'closed'

/**
 * A thin layer over logs and maps. Features meet here and never import one another.
 *
 * A feature says what it does at the moments that concern it. The host asks and
 * tells all features in their order; only `onClose` goes in the reverse order.
 */
export interface Feature {
  /** Frames of users. Before a connection has its user they are refused with `unauthorized`. */
  readonly frames?: { readonly [Type in ClientFrameType]?: FrameHandler<Type> }

  /** Frames of users who subscribed to the channel; those of others are refused with `not_member`. */
  readonly memberFrames?: {
    readonly [Type in ChannelFrameType]?: FrameHandler<Type, Membership>
  }

  /** Frames by which a connection gets its user, or shows that it is there. */
  readonly strangerFrames?: {
    readonly [Type in ClientFrameType]?: FrameHandler<Type, Connection>
  }

  /** The engine and the store are open. */
  onStart?(): Promise<void>

  /** The hub is closing: nothing new begins. What is under way may still publish. */
  onStop?(): Promise<void>

  /** Nobody is served any more, and the engine and the store are about to close. */
  onClose?(): Promise<void>

  /** Asks whether a user may connect; undefined where there is nothing to ask. Never rejects. */
  onConnect?(connection: UserConnection): Promise<RealtimeError | undefined> | undefined

  /** A connection has its user, for good. */
  onIdentified?(connection: UserConnection): void

  /** A connection has ended. */
  onEnded?(connection: Connection): void

  /** A membership begins; refusing ends it. Called before missed events are read. */
  onJoin?(membership: Membership, frame: SubscribeRequest): Promise<Result<ReplyField | undefined>>

  /** A membership has ended. */
  onLeave?(membership: Membership, reason: LeaveReason): void

  /** A client within this process has left a channel, before that is shown. */
  onClientLeft?(channel: string, clientId: string): void

  /**
   * Publishes an event of a client its own way; undefined leaves it to the next
   * feature, and at last to the publisher.
   *
   * @param recheck tells whether the client may still publish
   */
  guard?(
    connection: UserConnection,
    publication: Publication,
    recheck: () => Result<unknown>,
  ): Promise<Outcome<PublishReply>> | undefined

  /** An event of a client was handed to the engine. Not called for volatile events. */
  onPublished?(connection: UserConnection, channel: string): void

  /**
   * Prepares what is to be done once an event was appended, before its
   * publisher is answered; undefined for nothing. Not called for volatile events.
   */
  followUp?(publication: Publication, id: EventId): (() => Promise<void>) | undefined

  /** An event was published on whatever node. `taken` keeps it from everyone who listens. */
  onEvent?(record: EventRecord): 'taken' | undefined

  /**
   * An event was queued for everyone on this node who listens to its channel.
   *
   * @param delivery `lastDelivery` of each connection that it has reached
   */
  onDelivered?(record: EventRecord, delivery: number): void

  /** Records of this channel are the feature's; the host joins it. `$` keeps clients out of it. */
  readonly channel?: `$${string}`
  onRecord?(record: EventRecord): void

  /** Changes of these maps are the feature's. */
  readonly maps?: readonly string[]
  onChange?(change: MapChange): void

  /** Lists channels that are there though no connection is in them, for patterns of the server. */
  channels?(): readonly string[]
}

const NO_REPLY_FIELDS = '{}' as JsonText

/** Answers with an empty payload. */
export const done: Outcome<Record<string, never>> = {
  ok: true,
  value: { payload: () => NO_REPLY_FIELDS },
}

/** Answers a ping. */
export const pong: Outcome = { ok: true, value: { type: 'pong', payload: () => NO_REPLY_FIELDS } }

/** Answers with a payload that is serialised when it is sent. */
export function answer<Payload extends object>(payload: Payload): Outcome<Payload> {
  return { ok: true, value: { payload: () => JSON.stringify(payload) as JsonText } }
}
