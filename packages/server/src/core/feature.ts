import type { ClientFrame, ClientFrameType, Result, SubscribeRequest } from '@coterie/protocol'
import type { EventRecord, JsonText, MapChange } from '../ports/engine.ts'
import type { TextPieces } from '../ports/transport.ts'
import type { Connection } from './connection.ts'
import type { Membership } from './membership.ts'
import type { ReplyParts } from './subscribe-reply.ts'

/** What a client frame is answered with. */
export interface Answer {
  /** `pong` carries no payload and is sent without an id too. @default 'reply' */
  readonly type?: 'reply' | 'pong'
  /** The reply's payload. Made at the moment of sending, so that it is not behind what was sent. */
  readonly payload: () => JsonText | TextPieces
  /** Runs directly after the reply was queued. */
  readonly onQueued?: () => void
}

/** What becomes of a client frame. */
export type Outcome = Result<Answer>

/** A client frame of one type. */
export type FrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>

/** Handles client frames of one type. */
export type FrameHandler<Type extends ClientFrameType> = (
  connection: Connection,
  frame: FrameOf<Type>,
  payload: JsonText,
) => Outcome | Promise<Outcome>

/** Makes what a feature adds to the reply of a subscribe, at the moment of sending. */
export type ReplyField = () => ReplyParts

/** Why a connection is no longer in a channel. */
export type LeaveReason = 'unsubscribed' | 'closed'

/** A thin layer over logs and maps. Features meet here and never import one another. */
export interface Feature {
  readonly frames?: { readonly [Type in ClientFrameType]?: FrameHandler<Type> }

  /** The engine is open, and nobody is served yet. */
  onStart?(): Promise<void>

  /** Nobody is served any more, and the engine is about to close. */
  onStop?(): void

  /** A connection has its user, for good. */
  onIdentified?(connection: Connection): void

  /** A connection has ended. */
  onEnded?(connection: Connection): void

  /** Records of this channel are the feature's, which joins it. `$` keeps clients out of it. */
  readonly channel?: `$${string}`
  onRecord?(record: EventRecord): void

  /** Changes of this map are the feature's. */
  readonly map?: string
  onChange?(change: MapChange): void

  /** A membership begins; refusing ends it. Called before missed events are read. */
  onJoin?(membership: Membership, frame: SubscribeRequest): Promise<Result<ReplyField | undefined>>

  /** A membership has ended. */
  onLeave?(membership: Membership, reason: LeaveReason): void

  /** A member's event was handed to the engine. */
  onPublished?(connection: Connection, channel: string): void
}

const NO_REPLY_FIELDS = '{}' as JsonText

/** Answers with an empty payload. */
export const done: Outcome = { ok: true, value: { payload: () => NO_REPLY_FIELDS } }

/** Answers a ping. */
export const pong: Outcome = { ok: true, value: { type: 'pong', payload: () => NO_REPLY_FIELDS } }

/** Answers with a payload that is serialised when it is sent. */
export function answer(payload: object): Outcome {
  return { ok: true, value: { payload: () => JSON.stringify(payload) as JsonText } }
}
