import type { z } from 'zod'
import {
  connectionFrame,
  errorFrame,
  pingFrame,
  pongFrame,
  replyFrame,
  tokenExpiringFrame,
} from './connection.ts'
import { ephemeralFrame } from './ephemeral.ts'
import { eventFrame, gapFrame } from './event.ts'
import { messageFrame } from './message.ts'
import { inboxFrame, notificationFrame } from './notification.ts'
import { presenceFrame } from './presence.ts'
import { stateFrame } from './state.ts'
import { unsubscribedFrame } from './subscribe.ts'

/** The schema of every frame that a server may send, by its type. */
export const SERVER_FRAMES = {
  connection: connectionFrame,
  reply: replyFrame,
  error: errorFrame,
  event: eventFrame,
  presence: presenceFrame,
  state: stateFrame,
  ephemeral: ephemeralFrame,
  notification: notificationFrame,
  inbox: inboxFrame,
  message: messageFrame,
  gap: gapFrame,
  unsubscribed: unsubscribedFrame,
  token_expiring: tokenExpiringFrame,
  ping: pingFrame,
  pong: pongFrame,
}

/** The type of a server frame. */
export type ServerFrameType = keyof typeof SERVER_FRAMES

/** A server frame of one type. */
export type ServerFrameOf<Type extends ServerFrameType> = Readonly<
  z.infer<(typeof SERVER_FRAMES)[Type]>
>

/** Any frame that a server sends. */
export type ServerFrame = { [Type in ServerFrameType]: ServerFrameOf<Type> }[ServerFrameType]

/** The fields of a server frame of one type, except its type. */
export type FieldsOf<Type extends ServerFrameType> = Omit<ServerFrameOf<Type>, 'type'>
