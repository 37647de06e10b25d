import type { JsonLike, UserId } from '@coterie/protocol'

/** What a grant can allow. */
export const GRANT_ACTIONS = ['subscribe', 'publish', 'presence', 'state', 'history'] as const

/** One thing a principal may do in a channel. */
export type Action = (typeof GRANT_ACTIONS)[number]

/** A permission carried by a token. */
export interface Grant {
  /** A channel name or pattern. */
  readonly channels: string
  readonly actions: readonly (Action | '*')[]
}

/** Who is behind a connection, as the server established it. */
export interface Principal {
  readonly userId: UserId
  /** True when nobody vouched for the user. */
  readonly isAnonymous: boolean
  /** The tenant whose `tenant:<t>:…` channels the user may enter. */
  readonly tenant: string | undefined
  readonly grants: readonly Grant[]
  /** What the token says of the user, for those who look at them. */
  readonly profile: JsonLike | undefined
  /** Wall time in ms at which the token ends; undefined for one that does not. */
  readonly expiresAtMs: number | undefined
  /** By what this one token can be revoked. */
  readonly tokenId?: string | undefined
  /** By what all tokens of one sign-in can be revoked. */
  readonly sessionId?: string | undefined
  /** Wall time in ms at which the token was made. */
  readonly issuedAtMs?: number | undefined
}
