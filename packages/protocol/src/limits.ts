/** What a client must keep to; the server says the numbers in force in its first frame. */
export interface ClientLimits {
  /** Bytes of one frame. */
  readonly frame_bytes: number
  /** Levels of nesting in one frame; the frame itself is the first. */
  readonly json_depth: number
  /** Subscriptions of one connection. */
  readonly subscriptions: number
  /** Frames a second that a connection may send for ever. */
  readonly frames_per_second: number
  /** Frames that a connection may send at once after a pause. */
  readonly frames_burst: number
  /** Bytes of frames a second that a connection may send for ever; 0 bounds nothing. */
  readonly bytes_per_second: number
  /** Bytes of frames that a connection may send at once after a pause. */
  readonly bytes_burst: number
  /** Bytes of a presence entry's `data`. */
  readonly presence_data_bytes: number
  /** Events that one `history` or `recent` may ask for. */
  readonly history_events: number
}

/** The limits that hold where a server's configuration says nothing else. */
export const DEFAULT_LIMITS: ClientLimits = {
  frame_bytes: 65_536,
  json_depth: 32,
  subscriptions: 256,
  frames_per_second: 50,
  frames_burst: 100,
  bytes_per_second: 524_288,
  bytes_burst: 2_097_152,
  presence_data_bytes: 4_096,
  history_events: 1_000,
}
