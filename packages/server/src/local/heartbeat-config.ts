import { RealtimeError } from '@coterie/protocol'

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
  check({ intervalSecs, timeoutSecs }, isPositive, 'a number of seconds above 0')
  check({ maxRetries }, isCount, 'a whole number from 1')
  check({ sseRetryMs }, isWait, 'a whole number of ms from 0')
  check({ sendKeepalive }, isFlag, 'true or false')
  return { intervalSecs, timeoutSecs, maxRetries, sseRetryMs, sendKeepalive }
}

function check(
  fields: Readonly<Record<string, unknown>>,
  isRight: (value: unknown) => boolean,
  expected: string,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (isRight(value)) continue
    throw new RealtimeError(
      'invalid_payload',
      `${name}: expected ${expected}, not ${String(value)}`,
    )
  }
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function isWait(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean'
}
