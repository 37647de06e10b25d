import { z } from 'zod'
import type { ErrorCode, ErrorDetails } from '../errors.ts'
import type { ConnectionId, UserId } from '../ids.ts'
import type { ClientLimits } from '../limits.ts'
import { frame, type JsonValue } from './frame.ts'

/** What an anonymous user keeps to be the same one again: 32 random bytes as base64url. */
const anonymousIdentity = z.string().regex(/^[A-Za-z0-9_-]{43}$/, {
  error: 'expected the `identity` of an earlier `connection` frame, 43 characters',
})

/**
 * Client → server. Says who is calling: by a token, again with a fresh one before
 * it ends, or as the anonymous user that the client was before.
 */
export const auth = frame('auth', {
  token: z.string().min(1).max(16_384).optional(),
  /** Takes the place of `token` where anonymous users are let in. */
  identity: anonymousIdentity.optional(),
}).refine(({ token, identity }) => (token === undefined) !== (identity === undefined), {
  path: ['token'],
  error: 'expected a string, or `identity` in its place',
})
export type AuthRequest = z.infer<typeof auth>

/** Reply to `auth`. */
export interface AuthReply {
  readonly user_id: UserId
  /** ISO 8601 UTC; the connection closes with 4501 at this time. Null for no such time. */
  readonly expires_at: string | null
}

/** Client → server. Asks for a `pong`. */
export const ping = frame('ping', {})
export type PingRequest = z.infer<typeof ping>

/** Server → client. Always the first frame. */
export interface ConnectionFrame {
  readonly type: 'connection'
  readonly connection_id: ConnectionId
  /** A secret: authorises the upward half of an SSE connection. */
  readonly session: string
  /** Null until authenticated. */
  readonly user_id: UserId | null
  /** Of an anonymous user. A secret: `auth` with it makes a later connection that user's too. */
  readonly identity?: string
  readonly protocol: 1
  readonly ping_interval_ms: number
  /** The server's time; ISO 8601 UTC with milliseconds. */
  readonly timestamp?: string
  readonly limits: ClientLimits
}

/** Server → client. Answers the client frame with the same `id`. */
export interface ReplyFrame<Payload = JsonValue> {
  readonly type: 'reply'
  readonly id: string
  readonly payload: Payload
}

/** Server → client. Refuses the client frame with the same `id`, or reports a failure. */
export interface ErrorFrame {
  readonly type: 'error'
  readonly id?: string
  readonly code: ErrorCode
  readonly message: string
  readonly details?: ErrorDetails
}

/** Server → client. The server is alive; nothing to answer. */
export interface PingFrame {
  readonly type: 'ping'
  /** The server's time; ISO 8601 UTC with milliseconds. */
  readonly timestamp?: string
}

/** Server → client. Answers `ping`, with its `id` where it had one. */
export interface PongFrame {
  readonly type: 'pong'
  readonly id?: string
}

/** Server → client. The token ends in 30 s: send `auth` with a fresh one. */
export interface TokenExpiringFrame {
  readonly type: 'token_expiring'
}
