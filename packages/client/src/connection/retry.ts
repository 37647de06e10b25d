import { ERRORS, type RealtimeError } from '@coterie/protocol'
import type { Backoff } from './backoff.ts'

// Beyond this a server's wish is a mistake; past 2^31 ms a timer would run at once.
const MAX_WAIT_MS = 600_000

/** Tells whether the same request may succeed later; codes of a newer server may not. */
export function mayRetry(error: RealtimeError): boolean {
  return Object.hasOwn(ERRORS, error.code) && ERRORS[error.code].retry === 'later'
}

/** Returns how long to wait before a retry, in ms: as the server asks, else the backoff. */
export function retryDelayMs(error: RealtimeError, failures: number, backoff: Backoff): number {
  return readWaitMs(error.details?.retry_after_ms) ?? backoff(failures)
}

/** Reads a wait that a server asks for, in ms; undefined when it is none. */
export function readWaitMs(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= MAX_WAIT_MS ? value : undefined
}
