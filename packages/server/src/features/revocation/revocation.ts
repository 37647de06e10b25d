/** Whose tokens are revoked: all of a user, those of one sign-in, or a single one. */
export type RevocationTarget =
  | { readonly userId: string; readonly sessionId?: never; readonly tokenId?: never }
  | { readonly sessionId: string; readonly userId?: never; readonly tokenId?: never }
  | { readonly tokenId: string; readonly userId?: never; readonly sessionId?: never }

/** A revocation of tokens, with its duration. */
export interface Revocation {
  readonly target: RevocationTarget
  /** The reason for users with such a token; null without one. */
  readonly reason: string | null
  /** Wall time in ms. Of a user, tokens that were made until then are revoked. */
  readonly revokedAtMs: number
  /** Wall time in ms at which it ends: by then the tokens have to have expired. */
  readonly untilMs: number
}
