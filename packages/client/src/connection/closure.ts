import { CLOSE_CODES, RealtimeError } from '@coterie/protocol'
import { mayRetry } from './retry.ts'

/** How a link ended. */
export interface Closure {
  readonly code: number
  readonly reason: string
  /** The reported error, where more than the close code is known. */
  readonly error?: RealtimeError | undefined
}

/** Adds the close code of a link to the error that the server sent before. */
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
