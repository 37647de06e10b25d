import { CLOSE_CODES, RealtimeError } from '@coterie/protocol'
import { mayRetry } from './retry.ts'

/** How a link ended. */
export interface Closure {
  readonly code: number
  readonly reason: string
  /** What the server or this side said went wrong, where more than the code is known. */
  readonly error?: RealtimeError | undefined
}

/** Adds the code with which a link closed to what the server said before. */
export function withCloseCode(
  { code, message, details }: RealtimeError,
  closeCode: number,
): RealtimeError {
  return new RealtimeError(code, message, { details: { ...details, close_code: closeCode } })
}

/** Returns the close code that means the same as a refused `auth`. */
export function closeCodeOf(error: RealtimeError): number {
  if (mayRetry(error)) return CLOSE_CODES.unavailable
  return error.code === 'unauthorized' ? CLOSE_CODES.unauthenticated : CLOSE_CODES.refused
}
