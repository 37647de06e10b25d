import type {
  EphemeralFrame,
  EventFrame,
  GapFrame,
  PresenceFrame,
  StateFrame,
  UnsubscribedFrame,
} from '@coterie/protocol'

/** A frame that the server sends for one channel. */
export type ChannelFrame =
  | EventFrame
  | PresenceFrame
  | StateFrame
  | EphemeralFrame
  | GapFrame
  | UnsubscribedFrame
