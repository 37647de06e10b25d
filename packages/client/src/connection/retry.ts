import { ERRORS, type RealtimeError } from '@coterie/protocol'
import type { Backoff } from './backoff.ts'

// A longer wait is a mistake of the server; a timer beyond 2^31 ms would run at once.
const MAX_WAIT_MS = 600_000

/** Tells whether a retry may succeed; not for unknown codes of a newer server. */
export function mayRetry(error: RealtimeError): boolean {
  return Object.hasOwn(ERRORS, error.code) && ERRORS[error.code].retry === 'later'
}

/** Returns the delay before a retry in ms: the server's wish, else the backoff. */
export function retryDelayMs(error: RealtimeError, failures: number, backoff: Backoff): number {
  return readWaitMs(error.details?.retry_after_ms) ?? backoff(failures)
}

/** Reads a delay that a server asks for, in ms; undefined when it is invalid. */
export function readWaitMs(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= MAX_WAIT_MS ? value : undefined
}
