import { CLOSE_CODES, type ErrorCode, mayReconnect, RealtimeError } from '@coterie/protocol'
import type { Backoff } from './backoff.ts'
import type { Closure } from './closure.ts'
import { isRecord, parseJson } from './frame-reader.ts'
import { readWaitMs } from './retry.ts'

// Stands for HTTP 429 or 503 on a stream; no client may return before the time the server gave.
const TRY_AGAIN_LATER = 1013
const ASKS_TO_WAIT: readonly number[] = [
  CLOSE_CODES.goingAway,
  CLOSE_CODES.serviceRestart,
  TRY_AGAIN_LATER,
]

/** What is known when a link has ended. */
export interface ReconnectContext {
  readonly reconnect: boolean
  readonly reconnectAttempts: number
  /** Consecutive failed attempts. */
  readonly failures: number
  /** True when a function supplies tokens. */
  readonly canFetchToken: boolean
  /** True when a fresh token was tried since the last stable connection. */
  readonly hasRenewedToken: boolean
  /** True when the next attempt uses a transport that has not failed. */
  readonly fallsBack: boolean
  readonly backoff: Backoff
  random(): number
}

/** What to do after the end of a link. */
export type ReconnectVerdict =
  | { readonly kind: 'wait'; readonly delayMs: number }
  /** Connect with a fresh token. */
  | { readonly kind: 'renew'; readonly delayMs: number }
  /** The server refused: the same attempt would end the same way. */
  | { readonly kind: 'refuse' }
  /** An attempt may succeed later, but the options forbid it. */
  | { readonly kind: 'give_up' }

/** Decides what to do after the end of a link. */
export function decideReconnect(closure: Closure, context: ReconnectContext): ReconnectVerdict {
  const { code } = closure
  const { fallsBack, reconnect, failures, reconnectAttempts } = context
  const mayTry = fallsBack || (reconnect && failures < reconnectAttempts)
  if (code === CLOSE_CODES.unauthenticated && context.canFetchToken && mayTry) {
    // A refused fresh token may be valid later: the server's clock may be wrong.
    const delayMs = context.hasRenewedToken ? context.backoff(failures) : 0
    return { kind: 'renew', delayMs }
  }
  if (!mayReconnect(code)) return { kind: 'refuse' }
  if (!mayTry) return { kind: 'give_up' }
  const windowMs = readRetryWindowMs(closure)
  if (windowMs !== undefined && code === TRY_AGAIN_LATER) {
    return { kind: 'wait', delayMs: windowMs + context.backoff(context.failures) }
  }
  // A restart disconnects all clients at once; the window spreads their reconnects.
  const delayMs =
    windowMs === undefined
      ? context.backoff(context.failures)
      : Math.round(context.random() * windowMs)
  return { kind: 'wait', delayMs }
}

const CODE_OF: Readonly<Record<number, ErrorCode>> = {
  [CLOSE_CODES.notAFrame]: 'bad_frame',
  [CLOSE_CODES.tooLarge]: 'too_large',
  [CLOSE_CODES.rateLimited]: 'rate_limited',
  [CLOSE_CODES.protocolError]: 'bad_frame',
  [CLOSE_CODES.unauthenticated]: 'unauthorized',
  [CLOSE_CODES.refused]: 'forbidden',
}

/** Makes the error that tells why a link ended. */
export function errorOfClosure(closure: Closure): RealtimeError {
  const { code, reason, error } = closure
  if (error) return error
  const fallback = mayReconnect(code) ? 'unavailable' : 'forbidden'
  const because = reason === '' ? '' : `: ${reason}`
  return new RealtimeError(
    CODE_OF[code] ?? fallback,
    `the connection closed with ${code}${because}`,
    {
      details: {
        close_code: code,
      },
    },
  )
}

function readRetryWindowMs({ code, reason }: Closure): number | undefined {
  if (!ASKS_TO_WAIT.includes(code)) return undefined
  const value = parseJson(reason)
  return isRecord(value) ? readWaitMs(value.retry_ms) : undefined
}
