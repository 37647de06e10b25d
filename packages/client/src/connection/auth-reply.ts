import { isRecord } from './frame-reader.ts'

/** Reads from the reply to `auth` who one is; null where it does not say. */
export function readUserId(reply: unknown): string | null {
  return isRecord(reply) && typeof reply.user_id === 'string' ? reply.user_id : null
}

/** Reads when the token ends, in ms since 1970 by the server's clock; NaN where it does not say. */
export function readTokenEnd(reply: unknown): number {
  return isRecord(reply) && typeof reply.expires_at === 'string'
    ? Date.parse(reply.expires_at)
    : Number.NaN
}
