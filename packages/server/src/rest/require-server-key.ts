import { RealtimeError } from '@coterie/protocol'
import type { MiddlewareHandler } from 'hono'
import type { ServerKeys } from '../auth/server-keys.ts'
import { bearerOf } from './bearer.ts'
import { errorResponse } from './error-response.ts'

/** Lets only those through who bring a server key. */
export function requireServerKey(serverKeys: ServerKeys): MiddlewareHandler {
  return async (context, next) => {
    const key = bearerOf(context)
    if (key !== undefined && serverKeys.accepts(key)) return next()
    const reason = key === undefined ? 'a server key is required' : 'this is no server key'
    return errorResponse(
      new RealtimeError('unauthorized', `${reason}: send "Authorization: Bearer <key>"`),
    )
  }
}
