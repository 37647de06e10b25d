import type { ClientLimits } from './frames/connection.ts'

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
