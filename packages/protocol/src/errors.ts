/** What a client does with an error: give up, or try again later. */
export type RetryPolicy = 'never' | 'later'

interface ErrorSpec {
  readonly retry: RetryPolicy
  /** HTTP status of the error in REST answers. */
  readonly status: number
}

/** Every error code of the protocol. `retry` drives the client; codes never change. */
export const ERRORS = {
  bad_frame: { retry: 'never', status: 400 },
  unknown_type: { retry: 'never', status: 400 },
  unauthorized: { retry: 'never', status: 401 },
  forbidden: { retry: 'never', status: 403 },
  not_member: { retry: 'never', status: 403 },
  not_found: { retry: 'never', status: 404 },
  unknown_channel: { retry: 'never', status: 404 },
  invalid_channel: { retry: 'never', status: 400 },
  invalid_payload: { retry: 'never', status: 400 },
  too_large: { retry: 'never', status: 413 },
  rate_limited: { retry: 'later', status: 429 },
  room_full: { retry: 'never', status: 409 },
  wrong_password: { retry: 'never', status: 403 },
  limit_exceeded: { retry: 'never', status: 429 },
  conflict: { retry: 'never', status: 409 },
  timeout: { retry: 'later', status: 503 },
  unavailable: { retry: 'later', status: 503 },
  internal: { retry: 'never', status: 500 },
} as const satisfies Record<string, ErrorSpec>

/** An error code of the protocol. */
export type ErrorCode = keyof typeof ERRORS

/** Details that a program can read, such as `retry_after_ms`. */
export type ErrorDetails = Readonly<Record<string, unknown>>

/** Optional parts of an error besides its code and message. */
export interface RealtimeErrorOptions {
  /** Sent to the client with the error. */
  readonly details?: ErrorDetails | undefined
  /** Stays on the side that made the error. */
  readonly cause?: unknown
}

/** An error that has a code of the protocol and can travel to a client. */
export class RealtimeError extends Error {
  override readonly name = 'RealtimeError'
  readonly code: ErrorCode
  readonly details: ErrorDetails | undefined

  constructor(code: ErrorCode, message: string, { details, cause }: RealtimeErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }
}
