import type { EventFrame, GapFrame, UnsubscribedFrame } from './channel.ts'
import type {
  ConnectionFrame,
  ErrorFrame,
  PingFrame,
  PongFrame,
  ReplyFrame,
  TokenExpiringFrame,
} from './connection.ts'
import type { EphemeralFrame } from './ephemeral.ts'
import type { MessageFrame } from './message.ts'
import type { InboxFrame, NotificationFrame } from './notification.ts'
import type { PresenceFrame } from './presence.ts'
import type { StateFrame } from './state.ts'

/** Any frame that a server sends. */
export type ServerFrame =
  | ConnectionFrame
  | ReplyFrame
  | ErrorFrame
  | EventFrame
  | PresenceFrame
  | StateFrame
  | EphemeralFrame
  | NotificationFrame
  | InboxFrame
  | MessageFrame
  | GapFrame
  | UnsubscribedFrame
  | TokenExpiringFrame
  | PingFrame
  | PongFrame
