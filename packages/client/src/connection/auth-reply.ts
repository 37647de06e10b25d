import { isRecord } from './frame-reader.ts'

/** Reads the user id from the reply to `auth`; null when it has none. */
export function readUserId(reply: unknown): string | null {
  return isRecord(reply) && typeof reply.user_id === 'string' ? reply.user_id : null
}

/** Reads when the token expires, in ms since 1970 by the server's clock; NaN without it. */
export function readTokenEnd(reply: unknown): number {
  return isRecord(reply) && typeof reply.expires_at === 'string'
    ? Date.parse(reply.expires_at)
    : Number.NaN
}
