import { z } from 'zod'
import { frame, frameId, type JsonValue, jsonValue, request } from './frame.ts'
import { connectionId, errorCode, timestamp, userId } from './scalar.ts'

/** The secret that identifies an anonymous user: 32 random bytes as base64url. */
const anonymousIdentity = z.string().regex(/^[A-Za-z0-9_-]{43}$/, {
  error: 'expected the `identity` of an earlier `connection` frame, 43 characters',
})

/**
 * Client → server. Authenticates: with a token, again with a fresh one before it
 * expires, or as the anonymous user that the client was before.
 */
export const authRequest = request('auth', {
  token: z.string().min(1).max(16_384).optional(),
  /** Replaces `token` for anonymous users, where the server admits them. */
  identity: anonymousIdentity.optional(),
}).refine(({ token, identity }) => (token === undefined) !== (identity === undefined), {
  path: ['token'],
  error: 'expected a string, or `identity` in its place',
})
/** An `auth` frame, as the server reads it. */
export type AuthRequest = z.infer<typeof authRequest>

/** Reply to `auth`. */
export const authReply = z.object({
  user_id: userId,
  /** ISO 8601 UTC; the connection closes with 4501 at this time. Null for no expiry. */
  expires_at: timestamp.nullable(),
})
/** Reply to `auth`. */
export type AuthReply = Readonly<z.infer<typeof authReply>>

/** Client → server. Asks for a `pong`. */
export const pingRequest = request('ping', {})
/** A `ping` frame, as the server reads it. */
export type PingRequest = z.infer<typeof pingRequest>

/** The limits for a client; the server's first frame states their values. */
export const clientLimits = z.object({
  /** Bytes of one frame. */
  frame_bytes: z.number(),
  /** Levels of nesting in one frame; the frame itself is the first. */
  json_depth: z.number(),
  /** Subscriptions of one connection. */
  subscriptions: z.number(),
  /** Sustained rate of frames per second on a connection. */
  frames_per_second: z.number(),
  /** Frames that a connection may send at once after a pause. */
  frames_burst: z.number(),
  /** Sustained rate of bytes per second on a connection; 0 means no limit. */
  bytes_per_second: z.number(),
  /** Bytes of frames that a connection may send at once after a pause. */
  bytes_burst: z.number(),
  /** Bytes of a presence entry's `data`. */
  presence_data_bytes: z.number(),
  /** Maximum events of one `history` or `recent`. */
  history_events: z.number(),
})
/** The limits for a client; the server's first frame states their values. */
export type ClientLimits = Readonly<z.infer<typeof clientLimits>>

/** Server → client. Always the first frame. */
export const connectionFrame = frame('connection', {
  connection_id: connectionId,
  /** A secret: authorises the upward half of an SSE connection. */
  session: z.string(),
  /** Null until authenticated. */
  user_id: userId.nullable(),
  /** For an anonymous user. A secret: `auth` with it identifies a later connection as that user. */
  identity: anonymousIdentity.optional(),
  protocol: z.literal(1),
  ping_interval_ms: z.number().positive(),
  /** The server's time; ISO 8601 UTC with milliseconds. */
  timestamp: timestamp.optional(),
  limits: clientLimits.readonly(),
})
/** Server → client. Always the first frame. */
export type ConnectionFrame = Readonly<z.infer<typeof connectionFrame>>

/** Server → client. Answers the client frame with the same `id`. */
export const replyFrame = frame('reply', { id: frameId, payload: jsonValue })
/** Server → client. Answers the client frame with the same `id`. */
export interface ReplyFrame<Payload = JsonValue>
  extends Readonly<Omit<z.infer<typeof replyFrame>, 'payload'>> {
  readonly payload: Payload
}

/** Server → client. Refuses the client frame with the same `id`, or reports a failure. */
export const errorFrame = frame('error', {
  id: frameId.optional(),
  code: errorCode,
  message: z.string(),
  details: z.record(z.string(), z.unknown()).readonly().optional(),
})
/** Server → client. Refuses the client frame with the same `id`, or reports a failure. */
export type ErrorFrame = Readonly<z.infer<typeof errorFrame>>

/** Server → client. Shows that the server is alive; needs no answer. */
export const pingFrame = frame('ping', {
  /** The server's time; ISO 8601 UTC with milliseconds. */
  timestamp: timestamp.optional(),
})
/** Server → client. Shows that the server is alive; needs no answer. */
export type PingFrame = Readonly<z.infer<typeof pingFrame>>

/** Server → client. Answers `ping`, with its `id` if it had one. */
export const pongFrame = frame('pong', { id: frameId.optional() })
/** Server → client. Answers `ping`, with its `id` if it had one. */
export type PongFrame = Readonly<z.infer<typeof pongFrame>>

/** Server → client. The token expires within 30 s: send `auth` with a fresh one. */
export const tokenExpiringFrame = frame('token_expiring', {})
/** Server → client. The token expires within 30 s: send `auth` with a fresh one. */
export type TokenExpiringFrame = Readonly<z.infer<typeof tokenExpiringFrame>>
