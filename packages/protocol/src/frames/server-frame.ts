import type { EventFrame, GapFrame, UnsubscribedFrame } from './channel.ts'
import type {
  ConnectionFrame,
  ErrorFrame,
  PongFrame,
  ReplyFrame,
  ServerPingFrame,
  TokenExpiringFrame,
} from './connection.ts'
import type { EphemeralFrame } from './ephemeral.ts'
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
  | GapFrame
  | UnsubscribedFrame
  | TokenExpiringFrame
  | ServerPingFrame
  | PongFrame
