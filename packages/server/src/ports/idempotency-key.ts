/** By what a repeated request is known, until it is forgotten. */
export interface IdempotencyKey {
  /** Whose keys these are and for what: the same key of another scope is another key. */
  readonly scope: string
  readonly key: string
  /** A digest of the request: the same key with another request is refused. */
  readonly fingerprint: string
  /** The digest that earlier builds made of the same request, and may have kept. */
  readonly earlierFingerprint?: string | undefined
  /** Wall time in ms at which the key is forgotten. */
  readonly expiresAtMs: number
}
