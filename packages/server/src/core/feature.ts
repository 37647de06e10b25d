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

/** The successful answer to a client frame. */
export interface Answer<Payload = unknown> {
  /** A `pong` has no payload, and is sent without an id too. @default 'reply' */
  readonly type?: 'reply' | 'pong'
  /** Makes the payload when it is sent, so that it is up to date. */
  readonly payload: () => JsonText | TextPieces
  /** Runs directly after the reply was queued. */
  readonly onQueued?: () => void
  /** Never set; tells the type checker what `payload` writes. */
  readonly writes?: Payload
}

/** The result of a client frame. */
export type Outcome<Payload = unknown> = Result<Answer<Payload>>

/** A client frame of one type. */
export type FrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>

/** The types of client frames that concern a channel. */
export type ChannelFrameType = Extract<ClientFrame, { channel: string }>['type']

/** Handles client frames of one type from a verified sender. */
export type FrameHandler<Type extends ClientFrameType, Sender = UserConnection> = (
  sender: Sender,
  frame: FrameOf<Type>,
  payload: JsonText,
) => Outcome<ReplyOf<Type>> | Promise<Outcome<ReplyOf<Type>>>

/** Makes a feature's fields of a subscribe reply when the reply is sent. */
export type ReplyField = () => ReplyParts

/** Why a connection is no longer in a channel. */
export type LeaveReason = 'unsubscribed' | 'closed'

/**
 * A layer over logs and maps. Features never import one another.
 *
 * A feature has a method for each moment that concerns it. The host calls
 * all features in order; only `onClose` goes in reverse order.
 */
export interface Feature {
  /** Frames of users. Refused with `unauthorized` before a connection has its user. */
  readonly frames?: { readonly [Type in ClientFrameType]?: FrameHandler<Type> }

  /** Frames of clients that subscribed to the channel; others are refused with `not_member`. */
  readonly memberFrames?: {
    readonly [Type in ChannelFrameType]?: FrameHandler<Type, Membership>
  }

  /** Frames that a connection without a user may send, such as `auth` and `ping`. */
  readonly strangerFrames?: {
    readonly [Type in ClientFrameType]?: FrameHandler<Type, Connection>
  }

  /** Runs once the engine and the store are open. */
  onStart?(): Promise<void>

  /** Runs when the hub starts to close: starts nothing new. Running work may still publish. */
  onStop?(): Promise<void>

  /** Runs when clients are gone, before the engine and the store close. */
  onClose?(): Promise<void>

  /** Asks whether a user may connect; undefined without any check. Never rejects. */
  onConnect?(connection: UserConnection): Promise<RealtimeError | undefined> | undefined

  /** Runs when the user of a connection is known for good. */
  onIdentified?(connection: UserConnection): void

  /** Runs when a connection has ended. */
  onEnded?(connection: Connection): void

  /** Runs when a membership begins; a refusal ends it. Called before missed events are read. */
  onJoin?(membership: Membership, frame: SubscribeRequest): Promise<Result<ReplyField | undefined>>

  /** Runs when a membership has ended. */
  onLeave?(membership: Membership, reason: LeaveReason): void

  /** Runs when a client within this process leaves a channel, before others see it. */
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

  /** Runs when a client's event was handed to the engine. Not called for volatile events. */
  onPublished?(connection: UserConnection, channel: string): void

  /**
   * Prepares work that runs once an event is appended, before its publisher is
   * answered; undefined for none. Not called for volatile events.
   */
  followUp?(publication: Publication, id: EventId): (() => Promise<void>) | undefined

  /** Runs when any node published an event. `taken` keeps the event from all receivers. */
  onEvent?(record: EventRecord): 'taken' | undefined

  /**
   * Runs when an event was queued for its receivers on this node.
   *
   * @param delivery the `lastDelivery` of each connection that received it
   */
  onDelivered?(record: EventRecord, delivery: number): void

  /** The channel of this feature's records; the host joins it. Clients cannot use `$` names. */
  readonly channel?: `$${string}`
  onRecord?(record: EventRecord): void

  /** The maps of this feature; it receives their changes. */
  readonly maps?: readonly string[]
  onChange?(change: MapChange): void

  /** Lists channels that exist without connections, for patterns of the server. */
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
