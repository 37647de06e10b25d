import { COUNT, checkFields, FLAG, SECONDS_ABOVE_0, WAIT_MS } from './check-fields.ts'

/** When clients are asked for a sign of life, and when they are given up. */
export interface HeartbeatConfig {
  /** Seconds between two pings. @default 15 */
  readonly intervalSecs?: number | undefined
  /** Seconds of silence that count as one timeout. @default 45 */
  readonly timeoutSecs?: number | undefined
  /** Timeouts in a row after which a client is dead. @default 3 */
  readonly maxRetries?: number | undefined
  /** How long a browser waits before it connects again, in ms. @default 3_000 */
  readonly sseRetryMs?: number | undefined
  /** False sends no keepalive comments to streams; pings go on. @default true */
  readonly sendKeepalive?: boolean | undefined
}

/** A heartbeat's configuration with every default filled in. */
export type ResolvedHeartbeat = {
  readonly [Key in keyof HeartbeatConfig]-?: NonNullable<HeartbeatConfig[Key]>
}

/**
 * Fills in what a configuration leaves out.
 *
 * @throws {RealtimeError} `invalid_payload` for a bad value, naming the field
 */
export function resolveHeartbeat(config: HeartbeatConfig): ResolvedHeartbeat {
  const {
    intervalSecs = 15,
    timeoutSecs = 45,
    maxRetries = 3,
    sseRetryMs = 3_000,
    sendKeepalive = true,
  } = config
  checkFields({ intervalSecs, timeoutSecs }, SECONDS_ABOVE_0)
  checkFields({ maxRetries }, COUNT)
  checkFields({ sseRetryMs }, WAIT_MS)
  checkFields({ sendKeepalive }, FLAG)
  return { intervalSecs, timeoutSecs, maxRetries, sseRetryMs, sendKeepalive }
}
